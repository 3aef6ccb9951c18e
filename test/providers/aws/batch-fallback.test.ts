import { describe, expect, test } from '@jest/globals';
import { accessDenied, type Fault, throttled } from '../../../src/core/fault.ts';
import { failed, ok } from '../../../src/core/result.ts';
import { SecretValue } from '../../../src/core/secret-value.ts';
import { readWithFallback } from '../../../src/providers/aws/batch-fallback.ts';
import type { ReadRequest } from '../../../src/providers/provider.ts';
import { never } from './rig.ts';

const requests = (...keys: readonly string[]): readonly ReadRequest[] => keys.map(key => ({ key }));
const value = ok({ value: SecretValue.fromText('x') });
const denied = accessDenied('no');

/** A store that notes who is asked for with whom; `refused` spoil a call, or are refused alone. */
function store({ refused = [], callFault }: { readonly refused?: readonly string[]; readonly callFault?: Fault }) {
  const calls: string[] = [];
  let now = 0;
  const read = readWithFallback(
    {
      readBatch: async asked => {
        calls.push(asked.map(({ key }) => key).join('+'));
        if (callFault) return failed(callFault);
        if (asked.some(({ key }) => refused.includes(key))) return failed(denied);
        return ok(new Map(asked.map(request => [request, value])));
      },
      readSingle: async ({ key }) => {
        calls.push(key);
        return refused.includes(key) ? failed(denied) : value;
      },
    },
    { wall: () => now, steady: () => now },
  );
  return {
    read: async (...keys: readonly string[]) => {
      calls.length = 0;
      const answers = await read(requests(...keys), never);
      return [answers.map(({ ok: good }) => (good ? 'value' : 'fault')).join(' '), calls.join(' ')];
    },
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('reads that leave together', () => {
  test('are one call', async () => {
    expect(await store({}).read('a', 'b', 'c')).toEqual(['value value value', 'a+b+c']);
  });

  test('one is no company', async () => {
    expect(await store({}).read('a')).toEqual(['value', 'a']);
  });

  test('an entry that spoils the call fails itself alone, and is kept out of it for an hour', async () => {
    const { read, pass } = store({ refused: ['b'] });
    expect(await read('a', 'b', 'c')).toEqual(['value fault value', 'a+b+c a b c']);
    expect(await read('a', 'b', 'c')).toEqual(['value fault value', 'a+c b']);
    pass(3_600_001);
    expect(await read('a', 'b', 'c')).toEqual(['value fault value', 'a+b+c a b c']);
  });

  test('a call that is not allowed is not tried again for an hour', async () => {
    const { read, pass } = store({ callFault: denied });
    expect(await read('a', 'b')).toEqual(['value value', 'a+b a b']);
    expect(await read('a', 'b')).toEqual(['value value', 'a b']);
    pass(3_600_001);
    expect(await read('a', 'b')).toEqual(['value value', 'a+b a b']);
  });

  test('a call that is throttled says so for all, and stays one call', async () => {
    const { read } = store({ callFault: throttled('slower') });
    expect(await read('a', 'b')).toEqual(['fault fault', 'a+b']);
    expect(await read('a', 'b')).toEqual(['fault fault', 'a+b']);
  });
});
