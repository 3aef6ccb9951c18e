import type { SecretValue } from '../../core/secret-value.ts';
import { isJsonObject, listOf, parseUntyped } from '../../core/untyped.ts';

/** What a token of a ServiceAccount says of itself, as far as a store decides on it: `aud vault, sub system:serviceaccount:etl:app`. */
export function claimsOf(token: SecretValue): string {
  const [, payload = ''] = (token.revealText() ?? '').split('.');
  const claims = parseUntyped(Buffer.from(payload, 'base64url').toString('utf8'));
  if (!isJsonObject(claims)) return 'claims that cannot be read';
  const audiences = [claims.aud, ...listOf(claims.aud)].filter(each => typeof each === 'string');
  const seconds = typeof claims.exp === 'number' && typeof claims.iat === 'number' ? claims.exp - claims.iat : 0;
  return `aud ${audiences.join(', ')}, sub ${claims.sub}, for ${Math.round(seconds / 60)} minutes`;
}
