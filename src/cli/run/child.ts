import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { Io } from '../io.ts';
import type { Environment } from './environment.ts';
import { Masker } from './masker.ts';

/** As shells have it. */
const notFound = 127;
const notExecutable = 126;
const bySignal = 128;

/** Runs a command to its end, and answers its exit code. It gets our input and our signals, and its output is masked. */
export function runChild(
  [command = '', ...args]: readonly string[],
  { variables, secrets }: Environment,
  io: Io,
): Promise<number> {
  const child = spawn(command, args, {
    cwd: io.cwd,
    env: { ...io.env, ...variables },
    stdio: ['inherit', 'pipe', 'pipe'],
  });
  io.onSignal(signal => void child.kill(signal));
  masked(child.stdout, secrets, io.stdout);
  masked(child.stderr, secrets, io.stderr);
  const { promise, resolve } = Promise.withResolvers<number>();
  child.once('error', problem => {
    const missing = 'code' in problem && problem.code === 'ENOENT';
    io.stderr(`${command}: ${missing ? 'there is no such program' : 'cannot be run'}\n`);
    resolve(missing ? notFound : notExecutable);
  });
  child.once('close', (code, signal) => resolve(code ?? bySignal + (signal === null ? 0 : constants.signals[signal])));
  return promise;
}

function masked(from: Readable, secrets: Environment['secrets'], to: Io['stdout']): void {
  const masker = new Masker(secrets);
  from.on('data', (chunk: Buffer) => to(masker.push(chunk)));
  from.once('end', () => to(masker.end()));
}
