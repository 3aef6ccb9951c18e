import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { hardening } from '../image/program.ts';

/** SIGUSR1 opens a debugger in a process of Node, for whoever may send it a signal: in a pod, each other container of the pod. */

/** Whether a process that is started so has a handler for SIGUSR1, as the kernel sees it. */
async function handlesSigusr1(flags: readonly string[]): Promise<boolean> {
  const script = "console.log(require('node:fs').readFileSync('/proc/self/status', 'utf8'))";
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '-e', script], { env: {} });
  const handled = /^SigCgt:\s*([0-9a-f]+)$/m.exec(stdout)?.[1] ?? '';
  return (BigInt(`0x${handled}`) & (1n << 9n)) !== 0n;
}

// The chart's Deployment leaves the entry point of the image alone: test/chart.
test('the image, the quickstart and the scenarios: SIGUSR1 opens nothing in the operator', async () => {
  expect(await handlesSigusr1(hardening)).toBe(false);
});

test('without them it would', async () => {
  expect(await handlesSigusr1([])).toBe(true);
});
