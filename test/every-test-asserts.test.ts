import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import * as z from 'zod';

const jest = new URL('../node_modules/jest/bin/jest.js', import.meta.url).pathname;
const Outcome = z.object({
  testResults: z.tuple([
    z.object({ assertionResults: z.array(z.object({ title: z.string(), failureMessages: z.array(z.string()) })) }),
  ]),
});

const tests = `
  test('asserts', () => expect(1).toBe(1));
  test('has nothing to go through', () => { for (const each of []) expect(each).toBe(1); });
  test('returns early', () => undefined);
  afterEach(() => expect(1).toBe(1));
`;

test('a test without an assertion fails, whatever its file asserts after each test', async () => {
  const rootDir = await mkdtemp(`${tmpdir()}/shearline-asserts-`);
  try {
    await writeFile(`${rootDir}/some.test.mjs`, tests);
    const preset = JSON.parse(await readFile(new URL('jest-preset.json', import.meta.url), 'utf8'));
    const setup = preset.setupFilesAfterEnv.map((path: string) => path.replace('<rootDir>', process.cwd()));
    const transform = { '\\.ts$': [new URL(import.meta.resolve('@swc/jest')).pathname, preset.transform['\\.ts$'][1]] };
    const config = { ...preset, rootDir, transform, setupFilesAfterEnv: setup, testMatch: ['**/*.test.mjs'] };
    const args = ['--experimental-vm-modules', jest, '--json', '--config', JSON.stringify(config)];
    const failing: { readonly stdout: string } = await promisify(execFile)(process.execPath, args).then(
      () => Promise.reject(new Error('no test failed')),
      problem => problem,
    );
    const [{ assertionResults }] = Outcome.parse(JSON.parse(failing.stdout)).testResults;
    const said = assertionResults.map(({ title, failureMessages }) => [
      title,
      /asserted nothing/.test(`${failureMessages}`),
    ]);
    expect(said).toEqual([
      ['asserts', false],
      ['has nothing to go through', true],
      ['returns early', true],
    ]);
  } finally {
    await rm(rootDir, { recursive: true });
  }
});
