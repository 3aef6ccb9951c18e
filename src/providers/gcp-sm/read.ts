import { absent, accessDenied, type Fault, unavailable, unusable } from '../../core/fault.ts';
import { failed, ok } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import { readCounted } from '../kit/previous.ts';
import type { LoginExpired, ReadAnswer, ReadRequest } from '../provider.ts';
import { AccessedVersion } from './answers.ts';
import { crc32c } from './crc32c.ts';
import { parentOf } from './endpoints.ts';
import { notGoogle, type Problem, problemOf, replyFault } from './faults.ts';
import { canonicalKey, checkVersion } from './keys.ts';
import { newestEnabled } from './newest-enabled.ts';
import type { NoReply, Store } from './store.ts';

/** One read. */
export const readSecret = (store: Store, request: ReadRequest, signal: AbortSignal): Promise<ReadAnswer> =>
  readCounted(request, store.name, counted => readVersion(store, counted, signal));

/** Of the version that is asked for, or of the newest one that is enabled. */
async function readVersion(store: Store, request: ReadRequest, signal: AbortSignal): Promise<ReadAnswer> {
  const key = canonicalKey(store.spec, request.key);
  if (!key.ok) return key;
  const version = checkVersion(request.version);
  if (!version.ok) return version;
  const wanted = version.value ?? 'latest';
  const reply = await access(store, key.value, wanted, signal);
  if (reply.ok) return served(store, key.value, reply.value);
  const state = stateOf(reply.fault);
  if (!state) return failed(notServed(store, key.value, reply.fault));
  return version.value === undefined
    ? olderOne(store, key.value, signal)
    : failed(absent('VersionNotFound', `${store.name} serves no version ${wanted} of ${key.value}: it is ${state}`));
}

const access = ({ spec, client }: Store, key: string, version: string, signal: AbortSignal) =>
  client.call('accessSecretVersion', { name: `${parentOf(spec)}/secrets/${key}/versions/${version}` }, signal);

/** Google's `latest` is the newest version whatever its state. Before it is read as gone, the others are looked at. */
async function olderOne(store: Store, key: string, signal: AbortSignal): Promise<ReadAnswer> {
  const newest = await newestEnabled(store, key, signal);
  if (!newest.ok) return newest;
  const reply = await access(store, key, newest.value, signal);
  if (reply.ok) return served(store, key, reply.value);
  return failed(stateOf(reply.fault) ? changed(store, key) : notServed(store, key, reply.fault));
}

/** Not absent: another version may be enabled by now. */
const changed = (store: Store, key: string): Fault =>
  unavailable(`${store.name} changed the versions of ${key} while they were read`);

function served(store: Store, key: string, answer: unknown): ReadAnswer {
  const { data: version } = AccessedVersion.safeParse(answer);
  const number = /\/secrets\/([^/]+)\/versions\/([0-9]+)$/.exec(version?.name ?? '');
  if (!version || number?.[1] !== key || number[2] === undefined) return failed(notGoogle(store.name, 200));
  const { data, dataCrc32c } = version.payload ?? {};
  if (!data)
    return failed(unusable(`version ${number[2]} of ${key} in ${store.name} has no data: add another version`));
  // Versions from before Google kept checksums have none.
  if (dataCrc32c !== undefined && dataCrc32c !== null && dataCrc32c !== `${crc32c(data)}`)
    return failed(
      unavailable(`the value of ${key} was damaged on its way from ${store.name}: its checksum is another`),
    );
  return ok({ value: new SecretValue(data), version: number[2] });
}

/**
 * Google looks at the permission first: who may not read gets 403 whether the secret is there or not, and 404 comes
 * from the place where it would be. The sentence has to be the one about secrets, so that the 404 of a wrong endpoint
 * proves nothing.
 */
function notServed(store: Store, key: string, reply: NoReply): Fault | LoginExpired {
  const problem = refusalOf(reply);
  if (problem?.status === 'NOT_FOUND' && /\bSecret Version \[/.test(problem.message))
    return absent('VersionNotFound', `${store.name} has no such version of ${key}`);
  if (problem?.status === 'NOT_FOUND' && /\bSecret \[/.test(problem.message))
    return absent('KeyNotFound', `${store.name} has no ${key}, or no version of it${regionHint(store)}`);
  if (problem?.status === 'FAILED_PRECONDITION')
    return accessDenied(
      `${store.name} cannot open ${key}: check that its encryption key (CMEK) is enabled and that Secret Manager may use it`,
    );
  return replyFault(
    store,
    { what: `read ${key}, which may not exist`, role: 'roles/secretmanager.secretAccessor on it' },
    reply,
  );
}

const regionHint = ({ spec }: Store): string =>
  spec.location === undefined ? ' (a regional secret is found only by a source with its location)' : '';

const refusalOf = (reply: NoReply): Problem | undefined =>
  reply.kind === 'refused' ? problemOf(reply.answer) : undefined;

/** `disabled` or `destroyed`, when that is why a version is not served: an encryption key can be in the way, too. */
function stateOf(reply: NoReply): string | undefined {
  const problem = refusalOf(reply);
  if (problem?.status !== 'FAILED_PRECONDITION') return undefined;
  return /\bis in (DISABLED|DESTROYED) state\b/.exec(problem.message)?.[1]?.toLowerCase();
}
