import { isPrivateKey } from '../../../core/private-key.ts';
import { pullSecretFault } from './pull-secret.ts';
import { type Data, pemUnder, tlsFault } from './tls-pair.ts';

/**
 * Whether a Secret is what its type promises: the keys that the API server demands (validation of core/v1 Secrets), and
 * under them what readers of that type use. Says which key lacks what, and nothing of what is there.
 */
export function shapeFault(type: string, data: Data): string | undefined {
  switch (type) {
    case 'kubernetes.io/tls':
      return missingKeys(data, ['tls.crt', 'tls.key']) ?? tlsFault(data);
    case 'kubernetes.io/ssh-auth':
      return missingKeys(data, ['ssh-privatekey']) ?? sshFault(data);
    case 'kubernetes.io/basic-auth':
      return basicFault(data);
    case 'kubernetes.io/dockerconfigjson':
      return missingKeys(data, ['.dockerconfigjson']) ?? pullSecretFault(data);
    default:
      return undefined;
  }
}

function missingKeys(data: Data, needed: readonly string[]): string | undefined {
  const absent = needed.filter(key => !data.has(key));
  return absent.length === 0 ? undefined : `needs the key ${absent.join(' and ')}: add it to spec.data`;
}

/** Of any kind and with or without passphrase: SSH has forms of its own, which only its programs read. */
function sshFault(data: Data): string | undefined {
  const blocks = pemUnder('ssh-privatekey', data);
  if (!blocks.ok) return blocks.fault;
  return blocks.value.some(isPrivateKey)
    ? undefined
    : 'needs a private key under ssh-privatekey, as text of OpenSSH or PEM with its line breaks';
}

/** A token as password often has no name beside it. */
function basicFault(data: Data): string | undefined {
  const filled = ['username', 'password'].some(key => (data.get(key)?.size ?? 0) > 0);
  return filled ? undefined : 'needs the key username or password, and one of them not empty: add it to spec.data';
}
