import { spawnSync } from 'node:child_process';
import { installParts } from './install.ts';
import { parts } from './parts.ts';

/** Runs the Helm of the tests with the arguments given, and installs it before that when it is not there: `make generate` renders with it. */
const { helm } = await installParts([parts.kubectl]);
const { status } = spawnSync(helm, process.argv.slice(2), { stdio: 'inherit' });
process.exitCode = status ?? 1;
