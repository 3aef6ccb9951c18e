import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { searchForCanary } from '../../canary.ts';

const run = (env: Readonly<Record<string, string>>) =>
  promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', `${import.meta.dirname}/loud.ts`], {
    env,
  });

test('the SDKs print nothing, and no value or token even where the environment makes them talk', async () => {
  const quiet = await run({});
  expect(quiet).toEqual({ stdout: '', stderr: '' });
  const loud = await run({ AZURE_LOG_LEVEL: 'verbose', TYPESPEC_RUNTIME_LOG_LEVEL: 'verbose', DEBUG: '*' });
  expect(loud.stderr).toContain('azure:identity');
  expect(searchForCanary({ stdout: loud.stdout, stderr: loud.stderr })).toEqual([]);
}, 120_000);
