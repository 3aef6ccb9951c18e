import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Metafile } from 'esbuild';
import { build } from '../build.ts';

/** What `make build` writes, as each run of these tests does first. */
const dist = new URL('../dist/', import.meta.url).pathname;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(`${tmpdir()}/shearline-bundle-`);
  await cp(dist, directory, { recursive: true, filter: path => !path.includes('bench-') });
});
afterAll(() => rm(directory, { recursive: true }));

// A file, not `node --eval`, which defines what an ES module lacks. Outside of the tree, where no package is found.
test('every chunk of the bundle loads, without any package beside it', async () => {
  const chunks = (await readdir(directory)).filter(name => name.endsWith('.js') && name !== 'main.js');
  expect(chunks.length).toBeGreaterThan(8);
  const script = `${directory}/load.mjs`;
  await writeFile(script, chunks.map(name => `await import('./${name}');`).join('\n'));
  const { stderr } = await promisify(execFile)(process.execPath, [script], { env: {} });
  expect(stderr).toBe('');
});

test('the operator does not load Node’s own fetch, which nobody uses', async () => {
  const preload = `${directory}/loaded.cjs`;
  await writeFile(preload, "process.on('exit', () => console.log(process.moduleLoadList.join('\\n')));");
  const args = ['--require', preload, `${directory}/main.js`, '--version'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: {} });
  expect(stdout).toContain('NativeModule http\n');
  expect(stdout).not.toContain('deps/undici');
});

describe('is in the bundle, and loaded only when it is asked for:', () => {
  test.each([
    ['what sends traces', /@opentelemetry[/](?!api[/])/],
    ['what looks at names by regular expression', /re2js/],
  ])('%s', async (_, part) => {
    const { outputs } = await build();
    const sources = (files: Iterable<string>) => [...files].flatMap(file => Object.keys(outputs[file]?.inputs ?? {}));
    expect(sources(Object.keys(outputs)).some(path => part.test(path))).toBe(true);
    expect(sources(loadedWith(outputs, 'dist/main.js')).filter(path => part.test(path))).toEqual([]);
  });
});

test('the worker of the sandbox is a program of its own, which loads next to nothing before it has a task', async () => {
  const { outputs } = await build();
  const loaded = [...loadedWith(outputs, 'dist/sandbox-worker.js')];
  const bytes = loaded.reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);
  expect(loaded).not.toContain('dist/main.js');
  expect(bytes).toBeLessThan(20_000);
});

/** The files of the bundle that a program loads before it does anything. */
function loadedWith(outputs: Metafile['outputs'], file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const imports = outputs[file]?.imports ?? [];
  for (const { kind, path } of imports) if (kind === 'import-statement') loadedWith(outputs, path, seen);
  return seen;
}

test('an environment that asks for traces in a way that cannot be is refused at the start, and how to fix it is said', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
  const refused = promisify(execFile)(process.execPath, [`${directory}/main.js`, 'controller'], { env });
  await expect(refused).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^shearline: OTEL_EXPORTER_OTLP_PROTOCOL .* must be http\/json, and the endpoint/),
  });
});

test('the operator does not start without the certificate authorities that it was told of', async () => {
  const env = { NODE_EXTRA_CA_CERTS: `${directory}/missing.pem` };
  const run = promisify(execFile)(process.execPath, [`${directory}/main.js`, 'controller'], { env });
  const words = 'shearline: NODE_EXTRA_CA_CERTS names a file that cannot be read';
  await expect(run).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
});
