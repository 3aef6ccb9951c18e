import type { Fault } from '../../core/fault.ts';
import { authFailed } from '../../core/fault.ts';
import type { Result } from '../../core/result.ts';
import { failed, flatMap, ok } from '../../core/result.ts';
import type { SecretValue } from '../../core/secret-value.ts';
import type { ObjectField, ProviderPorts } from '../provider.ts';

/** A labelled Secret of the source's home, as it goes into a header: files end with a newline, tokens do not. */
export async function credentialText(
  ports: ProviderPorts,
  field: ObjectField,
  signal: AbortSignal,
): Promise<Result<string>> {
  return flatMap(await ports.credential(field, signal), secret => line(secret, nameOf(field), oneLineOfAscii));
}

/** The same for Basic authentication, which takes any text. */
export async function basicText(
  ports: ProviderPorts,
  username: string,
  password: ObjectField,
  signal: AbortSignal,
): Promise<Result<string>> {
  const text = flatMap(await ports.credential(password, signal), secret => line(secret, nameOf(password), oneLine));
  return flatMap(text, value => ok(`Basic ${Buffer.from(`${username}:${value}`).toString('base64')}`));
}

/** The fresh token of the login's ServiceAccount. */
export async function tokenText(ports: ProviderPorts, signal: AbortSignal): Promise<Result<string>> {
  return flatMap(await ports.token(signal), secret => line(secret, 'the ServiceAccount token', oneLineOfAscii));
}

interface Form {
  readonly pattern: RegExp;
  readonly name: string;
}

const oneLineOfAscii: Form = { pattern: /^[\x20-\x7e]{1,16384}$/, name: 'one line of ASCII' };
const oneLine: Form = { pattern: /^[^\p{Cc}]{1,16384}$/u, name: 'one line of text' };

function line(secret: SecretValue, what: string, { pattern, name }: Form): Result<string> {
  const text = secret.revealText()?.trim() ?? '';
  return pattern.test(text) ? ok(text) : failed(unfit(what, name));
}

const nameOf = ({ name, key }: ObjectField): string => `key "${key}" of Secret "${name}"`;

const unfit = (what: string, form: string): Fault =>
  authFailed(`${what} does not hold a credential: it must be ${form}`);
