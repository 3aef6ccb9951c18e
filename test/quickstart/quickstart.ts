import { type ServerProcess, until } from '../servers/process.ts';
import { howToGoOn } from './goodbye.ts';
import { operatorLog } from './operator.ts';
import { readNames } from './samples.ts';
import { setStage, workDirectory } from './stage.ts';
import { playStory } from './story.ts';
import { say } from './terminal.ts';

/** `make quickstart`: a Secret comes from a real OpenBao and rotates. With ONCE=1 it ends by itself; both ways it cleans up. */
const begun = performance.now();
const stop = new AbortController();
// Only once: whoever is in a hurry presses Ctrl-C again, and the servers die with this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
process.stdout.on('error', () => stop.abort()); // the terminal was closed: nobody reads on, but there is much to stop
const interrupted = new Promise<undefined>(resolve => stop.signal.addEventListener('abort', () => resolve(undefined)));

const end = new AsyncDisposableStack();
const directory = await workDirectory(end);
const code = await perform().catch(complain);
say('\nStopping.');
await end.disposeAsync();
process.exit(code);

/** Returns the exit code. Ctrl-C is the normal end once all has been shown; before that it is none, and scripts should know. */
async function perform(): Promise<number> {
  const shown = await Promise.race([showAll(), interrupted]);
  if (!shown) return 130;
  if (process.env.ONCE) return 0;
  say(shown.howToGoOn);
  await Promise.race([endOf(shown.operator), interrupted]);
  return 0;
}

async function showAll(): Promise<{ readonly operator: ServerProcess; readonly howToGoOn: string }> {
  say('Starting');
  const names = await readNames();
  const stage = await setStage(directory, end, stop.signal);
  const operator = await playStory(stage, names);
  say(`\nDone in ${Math.round((performance.now() - begun) / 1000)} s.`);
  return { operator, howToGoOn: howToGoOn(stage, names) };
}

async function endOf(operator: ServerProcess): Promise<never> {
  await until('the operator to end', () => !operator.running(), Number.POSITIVE_INFINITY);
  throw new Error('the operator ended');
}

async function complain(problem: unknown): Promise<number> {
  if (stop.signal.aborted) return 130; // commands that Ctrl-C ended
  say(`\nThe quickstart failed: ${problem instanceof Error ? problem.message : String(problem)}`);
  const log = await operatorLog(directory).catch(() => undefined);
  if (log !== undefined) say(`The log of the operator ends:\n${log.trimEnd().split('\n').slice(-20).join('\n')}`);
  return 1;
}
