import { generateKeyPairSync } from 'node:crypto';
import { madeUpChain } from './made-up-chain.ts';
import type { NamedFilling } from './verify.ts';

/** All that ends a text, a line, a URL, a template or a number somewhere. */
const hostile = ` a@b:c/d?e#f%20&g=h+i "j" 'k' \`l\` \\n $(m) \${n} {{o}} <p>\n\t- q: [r], {s}; é ☃ 𝕏 `;

/** Of a template's own texts those that are tried as values. */
const mostTexts = 12;

/** With what the made-up values are filled, one after the other. A key is made for this run and known to nobody. */
export function fillings(texts: readonly string[]): readonly NamedFilling[] {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const same = {
    chain: madeUpChain,
    pem: madeUpChain + privateKey.export({ type: 'pkcs8', format: 'pem' }),
    jwk: JSON.stringify(privateKey.export({ format: 'jwk' })),
    publicJwk: JSON.stringify(publicKey.export({ format: 'jwk' })),
  };
  const filling = (name: string, number: number, text: (place: string) => string): NamedFilling => ({
    ...same,
    name,
    number,
    text,
  });
  return [
    filling('with hostile values', 42, place => `${hostile}${place}${hostile}`),
    filling('with plain values', 7, place => `value-of-${place}`),
    filling('with empty values', 0, () => ''),
    ...[...new Set(texts)]
      .slice(0, mostTexts)
      .map(text => filling('with a text of the template as value', 1, () => text)),
  ];
}
