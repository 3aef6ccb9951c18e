import { expect, test } from '@jest/globals';
import { behindAnswers, lines } from '../../src/kube/watch-stream.ts';

async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function splitBytes(...parts: readonly Uint8Array[]) {
  const found: (string | undefined)[] = [];
  for await (const some of lines(chunks(...parts), 20)) found.push(...(some?.map(String) ?? [undefined]));
  return found;
}

const split = (...parts: readonly string[]) => splitBytes(...parts.map(part => Buffer.from(part)));

test('lines come whole, however the chunks fall', async () => {
  expect(await split('one\ntwo\n')).toEqual(['one', 'two']);
  expect(await split('o', 'ne\nt', 'w', 'o\n')).toEqual(['one', 'two']);
});

test('a character that lies across two chunks stays one', async () => {
  const bytes = Buffer.from('é€\n');
  const parts = [...bytes].map(byte => Uint8Array.of(byte));
  expect(await splitBytes(...parts)).toEqual(['é€']);
});

test('what was cut off in the middle is dropped', async () => {
  expect(await split('one\n{"type":"ADD')).toEqual(['one']);
});

test('a line over the bound ends the stream', async () => {
  expect(await split('one\n', 'x'.repeat(15), 'x'.repeat(15), '\ntwo\n')).toEqual(['one', undefined]);
});

test('a chunk comes after the answers that arrived together with it', async () => {
  const order: string[] = [];
  async function* together(): AsyncGenerator<Uint8Array> {
    setImmediate(() => order.push('answer')); // of a write, in the same round of the loop
    yield Buffer.from('event\n');
  }
  for await (const some of lines(behindAnswers(together()), 20)) order.push(`${some}`);
  expect(order).toEqual(['answer', 'event']);
});
