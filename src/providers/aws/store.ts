import { accessDenied, authFailed, type Fault, invalidSpec } from '../../core/fault.ts';
import type { LoginExpired } from '../provider.ts';
import type { AwsIdentity } from './identity.ts';
import { codeOf, commonFault, isBadSignature, isDeadLogin, type Refusal, says } from './refusal.ts';

/** One logged-in identity at one store: what every step after the login needs. */
export interface AwsStore<Client> {
  /** For messages: `AWS Secrets Manager in eu-central-1`. */
  readonly name: string;
  readonly identity: AwsIdentity;
  readonly client: Client;
}

/** What was asked, for messages and hints. */
export interface Asked {
  /** `etl/warehouse`, or `the list of secrets`. */
  readonly what: string;
  /** The IAM action that it needs: `secretsmanager:GetSecretValue`. */
  readonly action: string;
}

/** What a refusal means that both stores can give; undefined when it depends on the store. */
export function refusalFault(
  { name, identity: { who, expiresAt } }: AwsStore<unknown>,
  { what, action }: Asked,
  refusal: Refusal,
): Fault | LoginExpired | undefined {
  const known = commonFault(name, refusal);
  if (known) return known;
  if (isDeadLogin(refusal))
    return expiresAt === undefined ? authFailed(`${name} does not know ${who} (any more)`) : { kind: 'login-expired' };
  if (isBadSignature(refusal))
    return authFailed(`${name} finds the signature wrong: the secret key of ${who}, or a proxy that changes requests`);
  // Of the key that encrypts the value; a missing right and a missing key get the same answer.
  if (/^(DecryptionFailure|InvalidKeyId)/.test(codeOf(refusal)) || isOfKms(refusal))
    return accessDenied(`${name} cannot decrypt ${what} for ${who}, who needs kms:Decrypt on its KMS key`);
  if (/^AccessDenied/.test(codeOf(refusal)))
    return accessDenied(`${name} refused ${what}: the policy of ${who} must allow ${action} on it`);
  if (/^(ValidationException|InvalidParameter|InvalidFilter)/.test(codeOf(refusal)))
    return invalidSpec(`${name} does not take ${what} as it is written`);
  return undefined;
}

const isOfKms = (refusal: Refusal): boolean =>
  /^(AccessDenied|KMS)/.test(codeOf(refusal)) && says(refusal, /\bkms\b|ciphertext/i);

/** A refusal that we have no word for: absence is not proved. */
export const unclear = ({ name }: AwsStore<unknown>, { what, action }: Asked): Fault =>
  accessDenied(`${name} refused ${action} of ${what} in its present state`);
