import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { accepts, freePort } from './ports.ts';
import { startProcess, until } from './process.ts';

jest.setTimeout(60_000);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(`${tmpdir()}/shearline-process-`);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const listenOn = (port: number) => `require('net').createServer(() => {}).listen(${port}, '127.0.0.1');`;
const deafTo = (signal: string) => `process.on('${signal}', () => {});`;

const launch = (port: number, script: string) => ({
  name: `listener-${port}`,
  command: process.execPath,
  args: ['-e', script],
  directory,
  ready: () => accepts(port),
});

test('a server is ready when it answers and gone when stop resolves', async () => {
  const port = await freePort();
  const server = await startProcess(launch(port, listenOn(port)));
  await server.stop();
  expect([server.running(), await accepts(port)]).toEqual([false, false]);
});

test('a server that does not listen to SIGTERM is killed when its grace is over, paused or not', async () => {
  const port = await freePort();
  const server = await startProcess(launch(port, deafTo('SIGTERM') + listenOn(port)));
  server.pause();
  await server.stop(100);
  expect(server.running()).toBe(false);
});

test('a server that ends before it is ready is an error with the end of its log', async () => {
  const failing = launch(await freePort(), 'console.error("no such flag"); process.exit(3)');
  await expect(startProcess(failing)).rejects.toThrow(/ended before it was ready.*no such flag/s);
});

test('a program that is not there is an error, not a wait', async () => {
  const absent = { ...launch(await freePort(), ''), command: '/nowhere/server' };
  await expect(startProcess(absent)).rejects.toThrow(/nowhere/);
});

test('no server outlives the process that started it, even when that is killed', async () => {
  const port = await freePort();
  const { ready: _, ...plain } = launch(port, listenOn(port));
  const script = `
    const { startProcess } = await import(${JSON.stringify(`${import.meta.dirname}/process.ts`)});
    const { accepts } = await import(${JSON.stringify(`${import.meta.dirname}/ports.ts`)});
    await startProcess({ ...${JSON.stringify(plain)}, ready: () => accepts(${port}) });`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
  await until('the server of the child', () => accepts(port));
  expect(parent.kill('SIGKILL')).toBe(true);
  await until('the server to go with its parent', async () => !(await accepts(port)));
});
