import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { run } from '../../../image/run.ts';
import { removeAll } from './leftovers.ts';

/** Locked while there is a lab: a directory that every machine has, so that not even a lock stays behind. */
const lock = '/var/tmp';

/**
 * Starts the process that takes the lab away, whatever ends this one: SIGKILL and Ctrl-C too. It begins with what an
 * earlier run left, waits while another lab is on this machine, and sweeps when `sweep` is called or its input ends.
 */
export async function startSweeper(say: (line: string) => void): Promise<() => Promise<void>> {
  await run('flock', ['--nonblock', lock, 'true']).catch(() =>
    say('another lab is on this machine: waiting for its end'),
  );
  const args = ['--no-fork', lock, process.execPath, import.meta.filename];
  const child = spawn('flock', args, { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve));
  const ready = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!ready) throw new Error('what an earlier lab left behind could not be taken away');
  child.unref();
  return async () => {
    child.ref();
    child.stdin.end();
    if ((await ended) !== 0) throw new Error('the lab could not be taken away');
  };
}

if (import.meta.main) {
  await removeAll();
  process.stdout.write('ready\n');
  // A Ctrl-C for its terminal is none of its business, nor is a reader of its output that is gone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const) process.on(signal, () => undefined);
  await once(process.stdin.resume(), 'end');
  await removeAll();
}
