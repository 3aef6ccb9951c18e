import { format } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { searchForCanary } from '../canary.ts';
import type { Stage } from './stage.ts';

/** No value and no token is where it must not be, after all that the other tests did. */
export function leaks(stage: Stage): void {
  const printed: string[] = [];
  const methods = ['log', 'info', 'debug', 'warn', 'error', 'trace'] as const;

  beforeAll(() => {
    for (const method of methods)
      jest.spyOn(console, method).mockImplementation((...args: unknown[]) => void printed.push(format(...args)));
  });
  afterAll(() => {
    jest.restoreAllMocks();
  });

  test('nothing is printed, by us or by what we use', () => {
    expect(printed).toEqual([]);
  });

  test('no value and no token is in a URL or in what the store wrote down', async () => {
    expect(searchForCanary({ records: await stage.harness.records() })).toEqual([]);
  });
}
