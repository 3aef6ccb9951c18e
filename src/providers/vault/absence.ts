import type { Fault } from '../../core/fault.ts';
import { absent, accessDenied } from '../../core/fault.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { transportFault } from '../kit/http-faults.ts';
import { parseBody } from '../kit/json-body.ts';
import { ErrorList, GoneVersion } from './answers.ts';
import { notVault } from './faults.ts';
import type { Reading } from './reading.ts';
import { getVersion, nameOf } from './reading.ts';
import { inNamespace } from './store.ts';

/**
 * What a 404 of a KV engine means. An unmounted engine, a wrong namespace and a mix-up of versions answer 404 too, so
 * `absent` needs a proof: the version says so itself, or the mount is known to be the engine that the source names.
 */
export async function missing(reading: Reading, answer: HttpAnswer): Promise<Fault> {
  const { store, checks, request, signal } = reading;
  const gone = store.spec.kv.version === 2 ? parseBody(GoneVersion, answer)?.data.metadata : undefined;
  if (gone && (gone.destroyed || gone.deletion_time !== '')) return goneFault(reading, gone);
  const mount = await checks.mount(signal);
  if (mount !== 'proved') return mount;
  const errors = parseBody(ErrorList, answer)?.errors;
  if (!errors) return notVault(nameOf(reading), 404);
  if (errors.length > 0) return unproved(reading);
  return request.version === undefined ? noKey(reading) : noVersion(reading, request.version);
}

function goneFault(reading: Reading, { version, destroyed }: { version: number; destroyed: boolean }): Fault {
  const how = destroyed ? 'was destroyed' : 'is deleted (it can be undeleted)';
  const { key, version: asked } = reading.request;
  if (asked === undefined)
    return absent('KeyNotFound', `${nameOf(reading)} serves no ${key}: its newest version, ${version}, ${how}`);
  return absent('VersionNotFound', `${nameOf(reading)} serves no version ${version} of ${key}: it ${how}`);
}

function noKey(reading: Reading): Fault {
  const { spec } = reading.store;
  const where = `in the engine at "${spec.kv.mount}"`;
  return absent('KeyNotFound', `${nameOf(reading)}${inNamespace(spec)} has no ${reading.request.key} ${where}`);
}

/**
 * A missing version and a missing key answer alike; a read of the newest version, under the same policy, tells them
 * apart. Whatever it says, the version is proved absent by now.
 */
async function noVersion(reading: Reading, version: string): Promise<Fault> {
  const newest = await getVersion(reading);
  if (!newest.ok) return transportFault(nameOf(reading), newest.fault);
  if (newest.value.status === 404 && parseBody(ErrorList, newest.value)?.errors.length === 0) return noKey(reading);
  return absent('VersionNotFound', `${nameOf(reading)} has no version ${version} of ${reading.request.key}`);
}

/** The store complains of something else than a missing key, and the mount was fine a moment ago. */
function unproved(reading: Reading): Fault {
  const check = `check kv.mount "${reading.store.spec.kv.mount}" and namespace`;
  return accessDenied(`${nameOf(reading)} does not say whether ${reading.request.key} is there: ${check}`);
}
