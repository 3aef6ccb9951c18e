import { type KeyObject, sign } from 'node:crypto';
import * as z from 'zod';
import { authFailed, type Fault } from '../../core/fault.ts';
import { pemBlocks } from '../../core/pem.ts';
import { privateKey } from '../../core/private-key.ts';
import { andThen, failed, flatMap, ok, type Result } from '../../core/result.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { parseBody } from '../kit/json-body.ts';
import type { ObjectField, ProviderPorts } from '../provider.ts';
import { OAuthError, OAuthToken } from './answers.ts';
import { hostOf, oauth } from './endpoints.ts';
import { notGoogle } from './faults.ts';
import { type GcpSmSpec, ServiceAccountEmail } from './spec.ts';
import { callForToken, form, type Grant, scope } from './token-call.ts';

/** What is used of a key file. Its `token_uri` is not: where a proof of identity goes is said by the source. */
const KeyFile = z.object({
  type: z.literal('service_account'),
  client_email: ServiceAccountEmail,
  private_key: z.string().max(4096),
  private_key_id: z.string().max(256),
});
type KeyFile = z.infer<typeof KeyFile>;

/** A token for an assertion that is signed with the key (RFC 7523). The key itself never leaves. */
export async function tokenByKey(
  spec: GcpSmSpec,
  field: ObjectField,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<Grant>> {
  const secret = await ports.credential(field, signal);
  const keyFile = flatMap(secret, value => {
    const key = parseBody(KeyFile, { body: value.reveal() });
    return key ? ok(key) : failed(noKeyFile(field));
  });
  const signed = flatMap(keyFile, key => signedAssertion(key, field, ports.clock.wall()));
  const server = `Google OAuth at ${hostOf(oauth(spec))}`;
  return andThen(signed, ({ assertion, email }) => {
    const call = form(`${oauth(spec)}/token`, { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
    const principal = `serviceAccount:${email}`;
    const refusal = (answer: HttpAnswer) => refused(server, email, field, answer);
    return callForToken({ server, call, answer: OAuthToken, principal, refusal }, ports, signal);
  });
}

const noKeyFile = ({ name, key }: ObjectField): Fault =>
  authFailed(
    `key "${key}" of Secret "${name}" is no key file of a Google service account: put the JSON file there as it was downloaded`,
  );

interface Assertion {
  readonly assertion: string;
  readonly email: string;
}

/** The audience is Google's own name of its endpoint, wherever that is reached. */
const tokenUri = 'https://oauth2.googleapis.com/token';

function signedAssertion(key: KeyFile, field: ObjectField, wallMs: number): Result<Assertion> {
  const iat = Math.floor(wallMs / 1000);
  const head = { alg: 'RS256', typ: 'JWT', kid: key.private_key_id };
  const claims = { iss: key.client_email, scope, aud: tokenUri, iat, exp: iat + 3600 };
  const text = [head, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signer = signingKey(key.private_key);
  if (!signer) return failed(noKeyFile(field));
  try {
    const signature = sign('sha256', Buffer.from(text), signer).toString('base64url');
    return ok({ assertion: `${text}.${signature}`, email: key.client_email });
  } catch {
    return failed(noKeyFile(field));
  }
}

/** Google makes RSA keys of 2048 bits. One of 16,000 would hold the event loop for half a second at each login. */
function signingKey(pem: string): KeyObject | undefined {
  const blocks = pemBlocks(pem, 1);
  const [block] = blocks.ok ? blocks.value : [];
  const key = block && privateKey(block);
  if (!key?.ok || key.value.asymmetricKeyType !== 'rsa') return undefined;
  return (key.value.asymmetricKeyDetails?.modulusLength ?? Infinity) <= 4096 ? key.value : undefined;
}

function refused(server: string, email: string, { name }: ObjectField, answer: HttpAnswer): Fault {
  const said = parseBody(OAuthError, answer);
  if (!said) return notGoogle(server, answer.status);
  const known = reasons.find(([words]) => words.test(said.error_description));
  const why = known?.[1] ?? 'check that the key and the service account are there and enabled';
  return authFailed(`${server} refused the key of ${email} in Secret "${name}": ${why}`);
}

const reasons: readonly (readonly [RegExp, string])[] = [
  [/signature/i, 'the key was deleted or disabled: make a new one'],
  [/account not found|invalid email|user id/i, 'there is no such service account any more'],
  [/disabled/i, 'the service account is disabled'],
  [/short-lived|timeframe|iat|exp/i, "the operator's clock is not Google's: set it right"],
];
