import type * as z from 'zod';
import { unusable } from '../../core/fault.ts';
import { parseJson } from '../../core/json.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { parseBody } from '../kit/json-body.ts';
import { madeAt, rotatedAt } from '../kit/made-at.ts';
import type { ReadAnswer, ReadRequest } from '../provider.ts';
import { CertificateAnswer, KeyAnswer, SecretAnswer } from './answers.ts';
import { askPath, askSdk, type Vault } from './client.ts';
import { type Asked, gone, notKeyVault, type Reader, unserved } from './faults.ts';
import { checkVersion, type ObjectKind, parseKey } from './keys.ts';

/** One read under way: of which vault, of what, and how messages name it. */
interface Reading {
  readonly vault: Vault;
  readonly name: string;
  readonly asked: Asked;
  readonly signal: AbortSignal;
}

/** Key and version are checked again before they become part of a URL. */
export async function readObject(
  vault: Vault,
  reader: Reader,
  request: ReadRequest,
  signal: AbortSignal,
): Promise<ReadAnswer> {
  const object = parseKey(request.key);
  if (!object.ok) return object;
  const version = checkVersion(request.version);
  if (!version.ok) return version;
  const { kind, name } = object.value;
  const newest: Reading = { vault, name, signal, asked: { ...reader, kind, what: `${kind} ${name}` } };
  const read = readers[kind];
  if (version.value === undefined) return read(newest);
  const answer = await read({ ...newest, asked: { ...newest.asked, version: version.value } });
  return isAbsent(answer) ? missingVersion(answer, await read(newest)) : answer;
}

/** A missing version and a missing object answer alike; a read of the newest version tells them apart. */
const missingVersion = (version: ReadAnswer, newest: ReadAnswer): ReadAnswer => (isAbsent(newest) ? newest : version);

const isAbsent = (answer: ReadAnswer): boolean => !answer.ok && answer.fault.kind === 'absent';

/** The text of the secret. Its content type is somebody's note, and changes nothing. */
async function readSecret({ vault, name, asked, signal }: Reading): Promise<ReadAnswer> {
  const { version } = asked;
  const answer = await askSdk(vault, signal, client =>
    client.getSecret(name, version === undefined ? {} : { version }),
  );
  if (!answer.ok) return failed(unserved(asked, answer.fault));
  const secret = SecretAnswer.safeParse(answer.value);
  if (!secret.success) return failed(notKeyVault(asked, 200));
  const { value, properties } = secret.data;
  if (typeof value !== 'string') return failed(unusable(`${asked.what} of ${asked.vault} has no value: set one`));
  if (!value.isWellFormed()) return failed(unusable(`${asked.what} is no text: it holds half of a character`));
  const made = madeAt(properties.createdOn, properties.tags?.[rotatedAt]);
  return ok({ value: SecretValue.fromText(value), version: versionOf(properties.id), ...made });
}

/** The certificate itself, in PEM form; the vault serves disabled ones as well, and says so. With its private key it is the secret of the same name. */
async function readCertificate(reading: Reading): Promise<ReadAnswer> {
  const answer = await readPublic(reading, 'certificates');
  if (!answer.ok) return answer;
  const found = parseBody(CertificateAnswer, answer.value);
  if (!found) return failed(notKeyVault(reading.asked, 200));
  const { asked } = reading;
  if (!found.attributes.enabled) return failed(gone(asked, 'it is disabled'));
  if (!found.cer) return failed(unusable(`${asked.what} of ${asked.vault} is empty: is its request still pending?`));
  const pem = ['-----BEGIN CERTIFICATE-----', ...(found.cer.match(/.{1,64}/g) ?? []), '-----END CERTIFICATE-----', ''];
  return ok({ value: SecretValue.fromText(pem.join('\n')), version: versionOf(found.id), ...madeIn(found) });
}

/** The public key as a JSON Web Key, as the vault wrote it. A private key never leaves a vault. */
async function readKey(reading: Reading): Promise<ReadAnswer> {
  const answer = await readPublic(reading, 'keys');
  if (!answer.ok) return answer;
  const found = parseBody(KeyAnswer, answer.value);
  const parsed = parseJson(Buffer.from(answer.value.body).toString('utf8'));
  const jwk = parsed.ok && parsed.value.kind === 'object' ? parsed.value.members.get('key') : undefined;
  if (!found || !jwk) return failed(notKeyVault(reading.asked, 200));
  if (!found.attributes.enabled) return failed(gone(reading.asked, 'it is disabled'));
  return ok({ value: SecretValue.fromText(jwk.source), version: versionOf(found.key.kid), ...madeIn(found) });
}

const readers: Readonly<Record<ObjectKind, (reading: Reading) => Promise<ReadAnswer>>> = {
  secret: readSecret,
  certificate: readCertificate,
  key: readKey,
};

async function readPublic(
  { vault, name, asked, signal }: Reading,
  collection: 'certificates' | 'keys',
): Promise<Result<HttpAnswer, ReturnType<typeof unserved>>> {
  const version = asked.version === undefined ? '' : `/${asked.version}`;
  const answer = await askPath(vault, `/${collection}/${name}${version}`, signal);
  return answer.ok ? answer : failed(unserved(asked, answer.fault));
}

const madeIn = ({ attributes: { created }, tags }: Pick<z.infer<typeof KeyAnswer>, 'attributes' | 'tags'>) =>
  madeAt(created === undefined ? undefined : new Date(created * 1000), tags?.[rotatedAt]);

const versionOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1);
