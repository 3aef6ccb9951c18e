import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Metafile } from 'esbuild';
import { build } from '../build.ts';
import { allocator, memory } from '../image/program.ts';
import { systemClock } from '../src/core/clock.ts';
import { objectKey } from '../src/core/object-key.ts';
import { createSandbox } from '../src/sandbox/sandbox.ts';
import { chapters } from '../src/template/functions/index.ts';
import { renderTemplate } from '../src/template/task.ts';
import { input } from './template/render.ts';

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
    ['what computes templates', /@marcbachmann[/]cel-js|template[/]functions/],
    ['what only some templates need', /bcryptjs|smol-toml/],
  ])('%s', async (_, part) => {
    const { outputs } = await build();
    const sources = (files: Iterable<string>) => [...files].flatMap(file => Object.keys(outputs[file]?.inputs ?? {}));
    expect(sources(Object.keys(outputs)).some(path => part.test(path))).toBe(true);
    expect(sources(loadedWith(outputs, 'dist/main.js')).filter(path => part.test(path))).toEqual([]);
  });
});

test('the operator has none of the code of the commands, but the list of its own flags', async () => {
  const { inputs } = await build();
  const ofCommands = Object.keys(inputs).filter(path => /node_modules\/commander\/|^src\/cli\//.test(path));
  expect(ofCommands).toEqual(['src/cli/flags.ts']);
});

test('the worker of the sandbox is a program of its own, which loads next to nothing before it has a task', async () => {
  const { outputs } = await build();
  const loaded = [...loadedWith(outputs, 'dist/sandbox-worker.js')];
  const bytes = loaded.reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);
  expect(loaded).not.toContain('dist/main.js');
  expect(bytes).toBeLessThan(20_000);
});

test.each(chapters)('the worker of the bundle computes the examples of templates: $title', async ({ functions }) => {
  const entry = new URL(`file://${directory}/sandbox-worker.js`);
  const sandbox = createSandbox({ entry, clock: systemClock, deadlineMs: 20_000, idleMs: 1 });
  const signal = new AbortController().signal;
  const asker = { reference: objectKey('etl', 'db'), where: 'spec', signal };
  const templates = Object.fromEntries(functions.map(({ name, example }) => [name, example[0]]));
  const outputs = functions.map(({ name, example }) => [name, example[1]] as const);
  const rendered = await sandbox.run(renderTemplate, input(templates), asker);
  const data = rendered.ok && rendered.value.ok ? [...rendered.value.value.data] : rendered;
  expect(Array.isArray(data) ? data.map(([name, bytes]) => [name, Buffer.from(bytes).toString()]) : data).toEqual(
    outputs,
  );
});

/** Of one process, in MB: its growth, and what became of each template. */
async function memoryOfTemplates() {
  const script = new URL('template/memory.ts', import.meta.url).pathname;
  const args = [...memory, script, `${directory}/sandbox-worker.js`];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...allocator } });
  return JSON.parse(stdout);
}

test('with the flags of the image, templates take at most 40 MB, however much they ask for', async () => {
  let { growth, ended } = await memoryOfTemplates();
  // 32 to 38 as a rule. A busy machine collects garbage later (40.4 once): what is too much is so each time.
  for (let more = 2; growth >= 40 && more > 0; more--) ({ growth, ended } = await memoryOfTemplates());
  expect(growth).toBeLessThan(40);
  expect(ended).toEqual({
    bytes: tooMuchWork,
    'long texts': tooMuchWork,
    texts: tooMuchWork,
    'texts of two bytes a character': tooMuchWork,
    lists: expect.stringMatching(/^lists was ended because it needed more than 20 MB/),
    'every character': 'made',
    'a large document': 'made',
    'JSON of one text many times': expect.stringContaining('the JSON is too large'),
  });
});

const tooMuchWork = expect.stringContaining('read and write more than 8 MiB');

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
