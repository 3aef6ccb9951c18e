import { describe, expect, test } from '@jest/globals';
import { pemBlocks } from '../../src/core/pem.ts';

const block = (label: string, body: string) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`;
const labels = (text: string) => {
  const found = pemBlocks(text, 3);
  return found.ok ? found.value.map(({ label }) => label) : found.fault;
};

describe('the blocks of a PEM text are', () => {
  test.each<[what: string, text: string, labels: readonly string[]]>([
    ['none in an empty text', '', []],
    ['those between other lines', `a\n${block('A', 'x')}\nb\n${block('B C', 'y')}\n`, ['A', 'B C']],
    ['those with line ends of Windows', `${block('A', 'x')}\n`.replaceAll('\n', '\r\n'), ['A']],
    ['those with spaces behind their lines', block('A', 'x').replaceAll('-----\n', '----- \t\n'), ['A']],
    ['none within a line', block('A', 'x').replaceAll('\n', ' '), []],
    [
      'none that are indented, as no reader takes them',
      block('A', 'x').replaceAll('-----BEGIN', ' -----BEGIN').replaceAll('-----END', ' -----END'),
      [],
    ],
  ])('%s', (_, text, expected) => {
    expect(labels(text)).toEqual(expected);
  });

  test('each its own slice of the text, with and without its two lines', () => {
    expect(pemBlocks(`a\n${block('A', 'x')}\nb`, 1)).toEqual({
      ok: true,
      value: [{ label: 'A', text: block('A', 'x'), body: '\nx\n' }],
    });
  });
});

describe('a PEM text is not taken', () => {
  test.each([
    ['that begins and does not end', '-----BEGIN A-----\nx', 'broken'],
    ['that ends and did not begin', 'x\n-----END A-----', 'broken'],
    ['that ends as something else', '-----BEGIN A-----\nx\n-----END B-----', 'broken'],
    ['that begins again within a block', `-----BEGIN A-----\n${block('B', 'x')}`, 'broken'],
    ['whose blocks stand in one line', `${block('A', 'x')}${block('A', 'x')}`, 'broken'],
    ['that has more blocks than are wanted', `${block('A', 'x')}\n`.repeat(4), 'too-many'],
  ])('%s', (_, text, fault) => {
    expect(labels(text)).toBe(fault);
  });
});
