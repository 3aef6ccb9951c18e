import { systemClock } from '../../src/core/clock.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { echo, spin } from './tasks.ts';

/** Ends while a task runs that would take an hour. */
const hour = 3_600_000;
const entry = new URL('./worker.ts', import.meta.url);
const sandbox = createSandbox({ entry, clock: systemClock, deadlineMs: hour });
const asker = { reference: 'etl/db', where: 'spec.a', signal: new AbortController().signal } as const;
const alive = setTimeout(() => undefined, hour);
await sandbox.run(echo, 'it is there', asker);
void sandbox.run(spin, hour, asker);
process.stdout.write('it runs, and the process ends\n');
clearTimeout(alive);
