import { parseJson } from '../../core/json.ts';
import type { SecretValue } from '../../core/secret-value.ts';

type Data = ReadonlyMap<string, SecretValue>;

/**
 * What the API server demands of each type of Secret (validation of core/v1 Secrets), said before it refuses,
 * in words that name the missing keys. Undefined when all is well.
 */
export function shapeFault(type: string, data: Data): string | undefined {
  switch (type) {
    case 'kubernetes.io/tls':
      return missing(data, ['tls.crt', 'tls.key']);
    case 'kubernetes.io/ssh-auth':
      return missing(withoutEmpty(data), ['ssh-privatekey']);
    case 'kubernetes.io/basic-auth':
      return data.has('username') || data.has('password') ? undefined : 'needs the key username or password';
    case 'kubernetes.io/dockerconfigjson':
      return missing(data, ['.dockerconfigjson']) ?? notJson(data, '.dockerconfigjson');
    default:
      return undefined;
  }
}

/** An empty private key is refused; an empty certificate is not. */
const withoutEmpty = (data: Data): Data => new Map([...data].filter(([, { size }]) => size > 0));

function missing(data: Data, needed: readonly string[]): string | undefined {
  const absent = needed.filter(key => !data.has(key));
  return absent.length === 0 ? undefined : `needs the key ${absent.join(' and ')}: add it to spec.data`;
}

function notJson(data: Data, key: string): string | undefined {
  const text = data.get(key)?.revealText();
  const parsed = text === undefined ? undefined : parseJson(text);
  return parsed?.ok && parsed.value.kind === 'object' ? undefined : `needs a JSON object under the key ${key}`;
}
