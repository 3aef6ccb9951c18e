import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { stepsOf } from './steps.ts';
import { openWorkshop, root, type Workshop } from './workshop.ts';

const steps = stepsOf(await readFile(`${root}/docs/adding-a-provider.md`, 'utf8'));
const written = steps.flatMap(step => (step.kind === 'write' ? [step.path] : []));
const commands = steps.flatMap(step => (step.kind === 'run' ? [step.command] : []));

const count = z.number();
const Outcome = z.object({
  numPassedTests: count,
  numFailedTests: count,
  numPendingTests: count,
  numTodoTests: count,
});

describe('docs/adding-a-provider.md, followed to the letter', () => {
  let workshop: Workshop;
  beforeAll(async () => {
    workshop = await openWorkshop();
    for (const step of steps) if (step.kind !== 'run') await workshop.follow(step);
  }, 60_000);
  afterAll(() => workshop?.close());

  test('has all files in style as they stand', async () => {
    const files = written.filter(path => path.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(8);
    await workshop.run(`biome check --error-on-warnings ${files.join(' ')}`);
  }, 60_000);

  test.each(commands)(
    '%s',
    async command => {
      const run = workshop.run(/ jest /.test(command) ? `${command} -w 1 --json --outputFile=outcome.json` : command);
      await expect(run).resolves.toBeUndefined();
    },
    240_000,
  );

  test('ends in a provider that keeps all promises, and skips none', async () => {
    const { numPassedTests, ...others } = Outcome.parse(JSON.parse(await workshop.read('outcome.json')));
    expect(numPassedTests).toBeGreaterThanOrEqual(100);
    expect(others).toEqual({ numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 });
  });

  test.each(['crds/secretsources.yaml', 'crds/clustersecretsources.yaml'])('gives %s its field', async path => {
    expect(await workshop.read(path)).toMatch(/^ +keybox:\n +description: The keys of a Keybox\.$/m);
  });

  test('gives the table of stores its row', async () => {
    expect(await workshop.read('docs/stores.md')).toMatch(/^\| Keybox \| `keybox` \|/m);
  });
});
