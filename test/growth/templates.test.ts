import { describe, expect, test } from '@jest/globals';
import { evaluate } from '../../src/template/expression.ts';
import { Context, Work } from '../../src/template/functions/context.ts';
import { checkTemplate } from '../../src/template/parse.ts';
import { fill, KiB, superlinear } from './growth.ts';

/** Up to what the templates of a reference may have. */
const sizes = [KiB, 8 * KiB, 60 * KiB];

describe('a template is parsed in time proportional to its text:', () => {
  const texts = ['$', '$(', '$$(', '$(a)', '$((', '$(")', '$(//', "$('''", '$("\\', '\n$(a', '$(a)\n'];
  test.each(texts)('%j', async piece => {
    expect(await superlinear(checkTemplate, size => fill(piece, size), sizes)).toBeUndefined();
  });
});

describe('an expression is read and computed in time proportional to its text:', () => {
  const scope = { variables: new Map([['a', 'x']]), context: new Context('', '', new Work()) };
  const pieces = [
    '(',
    '[',
    '{1:',
    '"',
    'a.',
    'a[',
    '!',
    '-',
    '1+',
    '1-1-',
    'a?b:',
    'a||',
    '[].map(a,',
    'cel.bind(a,a,',
    'f(',
    '//\n',
    'aaaa',
    '1',
    '\\',
  ];
  test.each(pieces)('%j', async piece => {
    const run = (text: string) => evaluate(text, scope);
    expect(await superlinear(run, size => fill(piece, size), sizes)).toBeUndefined();
  });
});
