import { absent, accessDenied, authFailed, type Fault, throttled, unavailable } from '../../core/fault.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { transportFault } from '../kit/http-faults.ts';
import { parseBody } from '../kit/json-body.ts';
import type { LoginExpired } from '../provider.ts';
import { VaultError } from './answers.ts';
import type { Unserved } from './client.ts';
import type { ObjectKind } from './keys.ts';

/** Who reads, and where, for messages. */
export interface Reader {
  /** `Key Vault etl.vault.azure.net`. */
  readonly vault: string;
  /** `ServiceAccount etl/reader as application …`. */
  readonly who: string;
}

/** What a call was about. */
export interface Asked extends Reader {
  /** What for: `secret warehouse`, `the list of secrets`. */
  readonly what: string;
  readonly kind: ObjectKind;
  /** Present when one version was asked for. */
  readonly version?: string;
}

/** What it means that an object was not served. */
export function unserved(asked: Asked, why: Unserved): Fault | LoginExpired {
  switch (why.kind) {
    case 'status':
      return statusFault(asked, why.answer);
    case 'nonsense':
      return notKeyVault(asked, 200);
    default:
      return transportFault(asked.vault, why);
  }
}

/** Absence as the vault itself has proved it. A missing version and a missing object answer alike: see `read.ts`. */
export function gone({ vault, what, version }: Asked, how: string): Fault {
  if (version === undefined) return absent('KeyNotFound', `${vault} serves no ${what}: ${how}`);
  return absent('VersionNotFound', `${vault} serves no version ${version} of ${what}: ${how}`);
}

/** An answer that the API does not have. */
export const notKeyVault = ({ vault }: Asked, status: number): Fault =>
  unavailable(
    `${vault} gave an answer (status ${status}) that is not Key Vault's: is a proxy or login page in between?`,
  );

function statusFault(asked: Asked, answer: HttpAnswer): Fault | LoginExpired {
  const { vault, what } = asked;
  const { status, retryAfterMs } = answer;
  if (status === 429) return throttled(`${vault} asks for fewer requests (429)`, retryAfterMs);
  if (status >= 500) return unavailable(`${vault} has a problem of its own (status ${status})`);
  const error = parseBody(VaultError, answer)?.error;
  const code = error?.innererror?.code ?? error?.code ?? '';
  if (status === 401) return unknownToken(asked, /^AKV\d{5}\b/.exec(error?.message ?? '')?.[0] ?? '');
  if (status === 403) return forbidden(asked, code);
  if (!error) return notKeyVault(asked, status);
  if (status === 404 && notFound.has(code)) return gone(asked, 'it is not there, or is deleted (and may be recovered)');
  if (status === 409) return unavailable(`${vault} is busy deleting or recovering ${what}`);
  return accessDenied(`${vault} does not say whether ${what} is there (status ${status}): check vaultUrl`);
}

const notFound: ReadonlySet<string> = new Set(['SecretNotFound', 'CertificateNotFound', 'KeyNotFound']);

/** A token that ends is replaced by a new login; one of the wrong place would be as wrong the next time. */
function unknownToken({ vault, who }: Asked, number: string): Fault | LoginExpired {
  const fix = wrongTokens[number];
  if (fix === undefined) return { kind: 'login-expired' };
  return authFailed(`${vault} takes no token of ${who} (${number}): ${fix}`);
}

const wrongTokens: Readonly<Record<string, string>> = {
  AKV10022: 'it expects another audience: check vaultUrl',
  AKV10032: 'it belongs to another tenant: set tenantId to the tenant of the vault',
};

function forbidden(asked: Asked, code: string): Fault {
  const { vault, who, what, kind } = asked;
  if (code === 'SecretDisabled') return gone(asked, 'it is disabled');
  if (code === 'ForbiddenByFirewall' || code === 'ForbiddenByConnection')
    return accessDenied(
      `${vault} takes no requests from the network of the operator: check its firewall and endpoints`,
    );
  return accessDenied(`${vault} refused ${what} to ${who}: it needs ${rights[kind]} there`);
}

const rights: Readonly<Record<ObjectKind, string>> = {
  secret: 'the role "Key Vault Secrets User" (access policy: secrets get and list)',
  certificate: 'the role "Key Vault Reader" (access policy: certificates get)',
  key: 'the role "Key Vault Reader" (access policy: keys get)',
};
