import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { parseUntyped } from '../../../core/untyped.ts';
import { type GoFunction, needs, textOf } from './go-arguments.ts';
import { fails, goText } from './go-values.ts';

/** What External Secrets has for certificates and keys, of the made-up ones. */

const pemBlocks = (pem: string): readonly string[] =>
  pem.match(/-----BEGIN ([A-Z0-9 ]+)-----\n[\s\S]*?-----END \1-----\n/g) ?? [];
/** The blocks of a type. */
export const filterPem: GoFunction = (type, pem) =>
  goText(
    pemBlocks(needs(pem, 'pem', 'chain'))
      .filter(block => block.startsWith(`-----BEGIN ${textOf(type)}-----`))
      .join(''),
  );

/** Of the made-up chain: the one that issued itself is the root, the one that issued nobody is the leaf. */
export const filterCertChain: GoFunction = (part, pem) => {
  const blocks = pemBlocks(needs(pem, 'chain'));
  const isRoot = (block: string): boolean => new X509Certificate(block).subject === new X509Certificate(block).issuer;
  const isIssuer = (block: string): boolean =>
    blocks.some(other => other !== block && new X509Certificate(other).issuer === new X509Certificate(block).subject);
  const wanted = textOf(part);
  const parts: Readonly<Record<string, (block: string) => boolean>> = {
    leaf: block => !isIssuer(block),
    intermediate: block => isIssuer(block) && !isRoot(block),
    root: isRoot,
  };
  const isWanted = parts[wanted];
  return isWanted ? goText(blocks.filter(isWanted).join('')) : goText('');
};

const jwk = (text: string) => z.record(z.string(), z.string()).safeParse(parseUntyped(text)).data ?? fails('no JWK');
/** The key of a JWK as PEM. */
export const jwkPublicKeyPem: GoFunction = value =>
  goText(
    `${createPublicKey({ key: jwk(needs(value, 'public-jwk')), format: 'jwk' }).export({ type: 'spki', format: 'pem' })}`,
  );
/** In PKCS#8. */
export const jwkPrivateKeyPem: GoFunction = value =>
  goText(
    `${createPrivateKey({ key: jwk(needs(value, 'jwk')), format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' })}`,
  );
