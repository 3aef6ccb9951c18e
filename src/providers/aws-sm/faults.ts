import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { absent, type Fault } from '../../core/fault.ts';
import { codeOf, type Refusal, says } from '../aws/refusal.ts';
import { type AwsStore, refusalFault, unclear } from '../aws/store.ts';
import type { LoginExpired, ReadRequest } from '../provider.ts';

export type SecretsStore = AwsStore<SecretsManagerClient>;

/** What it means that a secret was not served. Who may not know whether it is there is refused, so absence is proved. */
export function readFault(store: SecretsStore, request: ReadRequest, refusal: Refusal): Fault | LoginExpired {
  const asked = { what: request.key, action: 'secretsmanager:GetSecretValue' };
  const known = refusalFault(store, asked, refusal);
  if (known) return known;
  if (codeOf(refusal).startsWith('ResourceNotFound')) return missing(store, request, refusal);
  if (codeOf(refusal).startsWith('InvalidRequest') && says(refusal, /marked for deletion|scheduled for deletion/i))
    return absent(
      'KeyNotFound',
      `${store.name} serves no ${request.key}: it is scheduled for deletion (it can be restored)`,
    );
  return unclear(store, asked);
}

/** AWS tells a missing secret from a missing version by the message alone. */
function missing({ name }: SecretsStore, { key, version }: ReadRequest, refusal: Refusal): Fault {
  if (!says(refusal, /secret (value|version)/i)) return absent('KeyNotFound', `${name} has no ${key}`);
  if (version === undefined) return absent('KeyNotFound', `${name} has ${key}, but no value in it yet`);
  return absent('VersionNotFound', `${name} has no version ${version} of ${key}`);
}
