#!/usr/bin/env node
import { buffer } from 'node:stream/consumers';
import { runCli } from './program.ts';

/** The program `shearline` of the npm package: the only place of the commands that knows the process. */
// Whoever reads may have seen enough, as `head` does.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

/** In the source one folder up, in the package beside this file. */
const sandboxWorker = new URL(
  import.meta.url.endsWith('.ts') ? '../sandbox-worker.ts' : './sandbox-worker.js',
  import.meta.url,
);

/** The thread of the sandbox keeps no process alive: without this it ended before its answer came. */
const alive = setInterval(() => undefined, 2 ** 30);

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: text => void process.stdout.write(text),
  stderr: text => void process.stderr.write(text),
  stdin: () => buffer(process.stdin),
  cwd: process.cwd(),
  env: process.env,
  sandboxWorker,
  onSignal: handler => {
    // A terminal sends Ctrl-C to all programs that it runs, so the other one has had it.
    const others = process.stdin.isTTY ? [] : (['SIGINT'] as const);
    if (process.stdin.isTTY) process.on('SIGINT', () => undefined);
    for (const signal of [...others, 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => handler(signal));
  },
});

clearInterval(alive);
