import type { Decoding } from '../../../api/secret-reference/remote-ref.ts';
import { fromBase64 } from '../../../core/base64.ts';
import { unusable } from '../../../core/fault.ts';
import { failed, ok, type Result } from '../../../core/result.ts';
import { SecretValue } from '../../../core/secret-value.ts';

/** A value as it is written. `where` names it in messages; no part of the value ever does. */
export function decode(value: SecretValue, decoding: Decoding, where: string): Result<SecretValue> {
  switch (decoding) {
    case 'None':
      return ok(value);
    case 'Auto':
      return ok(decodedIfCanonical(value));
    case 'Base64':
    case 'Base64URL': {
      // Tools break the lines.
      const digits = value.revealText()?.replaceAll(/[\r\n]/g, '');
      const bytes = digits === undefined ? undefined : fromBase64(digits, alphabets[decoding]);
      if (bytes === undefined) return failed(unusable(`${where} is not ${decoding}: store it so, or change decoding`));
      return ok(new SecretValue(bytes));
    }
    default:
      return decoding satisfies never;
  }
}

const alphabets = { Base64: 'base64', Base64URL: 'base64url' } as const;

/** Only what encodes back to the same text. Numbers and `true` often have four characters, and nobody means bytes by them. */
function decodedIfCanonical(value: SecretValue): SecretValue {
  const text = value.revealText();
  if (!text || text.length % 4 !== 0 || /^(?:\d+|true)$/.test(text)) return value;
  const bytes = fromBase64(text);
  return bytes?.toString('base64') === text ? new SecretValue(bytes) : value;
}
