import { describe, expect, test } from '@jest/globals';
import {
  allowance,
  isRequested,
  requested,
  unusableToken,
} from '../../../src/controllers/secret-reference/rotation.ts';
import { reference } from '../builders.ts';

const rotate = 'shearline.dev/rotate';
const answered = reference().status({ rotation: { lastHandled: 't1', lastSucceeded: 't1', lastForceSync: 'f1' } });

describe('a token is a request', () => {
  test.each([
    ['when it is new', answered.token('t2'), { rotate: 't2' }],
    ['when nothing was ever answered', reference().token('t1'), { rotate: 't1' }],
    ['when it is an old one again', answered.token('t0'), { rotate: 't0' }],
    ['under the name of ExternalSecrets, too', answered.forceSync('f2'), { forceSync: 'f2' }],
    ['under both names at once', answered.token('t2').forceSync('f2'), { rotate: 't2', forceSync: 'f2' }],
    ['though the other name has the same', answered.forceSync('t1'), { forceSync: 't1' }],
    ['of 256 bytes', answered.token('x'.repeat(256)), { rotate: 'x'.repeat(256) }],
    ['of any script', answered.token('Drehung № 7'), { rotate: 'Drehung № 7' }],
  ])('%s', (_, builder, expected) => {
    expect(requested(builder.parsed)).toEqual(expected);
    expect(isRequested(requested(builder.parsed))).toBe(true);
    expect(unusableToken(builder.parsed)).toBeUndefined();
  });
});

describe('a token is no request', () => {
  test.each([
    ['when it was answered', answered.token('t1').forceSync('f1')],
    ['when it is not there any more', answered],
    ['when it is empty', answered.token('').forceSync('')],
  ])('%s', (_, builder) => {
    expect(requested(builder.parsed)).toEqual({});
    expect(unusableToken(builder.parsed)).toBeUndefined();
  });

  test.each([
    ['of 257 bytes', 'x'.repeat(257)],
    ['of 86 characters that are 258 bytes', '№'.repeat(86)],
    ['with a line break', 'a\nb'],
    ['with a tab', 'a\tb'],
    ['with a zero byte', 'a\u0000'],
    ['with an escape sequence', '\u001b[31mred'],
    ['with a control character of Latin-1', '\u0085'],
    ['with a line separator', '\u2028'],
  ])('%s, and it is known which annotation has it', (_, token) => {
    expect(requested(answered.token(token).parsed)).toEqual({});
    expect(unusableToken(answered.token(token).parsed)).toBe(rotate);
    expect(unusableToken(answered.forceSync(token).parsed)).toBe('force-sync');
  });
});

describe('the bucket', () => {
  test('has ten at once, then one a second', () => {
    let bucket: { left: number; at: number } | undefined;
    const grants = Array.from({ length: 13 }, () => {
      const found = allowance(bucket, 0);
      if (found.readyAt <= 0) bucket = found.bucket;
      return found.readyAt;
    });
    expect(grants).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1000, 1000, 1000]);
  });

  test.each([
    [0, 250, 1000],
    [0.5, 0, 500],
    [0, 1000, 1000],
    [3.2, 10, 10],
  ])('with %d left at 0, a read asked for at %d may start at %d', (left, now, readyAt) => {
    expect(allowance({ left, at: 0 }, now).readyAt).toBe(readyAt);
  });

  test('never holds more than ten, however long nobody asked', () => {
    expect(allowance({ left: 9, at: 0 }, 3_600_000).bucket).toEqual({ left: 9, at: 3_600_000 });
  });

  test('spends nothing while it refuses', () => {
    const bucket = { left: 0.2, at: 0 };
    expect(allowance(bucket, 100).bucket).toBe(bucket);
  });
});
