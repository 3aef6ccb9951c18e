import type { Fault } from '../../core/fault.ts';
import { accessDenied } from '../../core/fault.ts';
import { failed } from '../../core/result.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { transportFault } from '../kit/http-faults.ts';
import { readCounted } from '../kit/previous.ts';
import type { ReadAnswer } from '../provider.ts';
import { missing } from './absence.ts';
import { statusFault } from './faults.ts';
import { checkKey, checkVersion, policyPath } from './keys.ts';
import type { Reading } from './reading.ts';
import { getVersion, nameOf } from './reading.ts';
import { missingRule } from './store.ts';
import { served } from './value.ts';

/** One read of a KV engine. Version 1 has no versions to count. */
export const readKey = (reading: Reading): Promise<ReadAnswer> =>
  reading.store.spec.kv.version === 1
    ? readVersion(reading)
    : readCounted(reading.request, nameOf(reading), request => readVersion({ ...reading, request }));

/** What each answer to it means. */
async function readVersion(reading: Reading): Promise<ReadAnswer> {
  const { store, request } = reading;
  const key = checkKey(request.key);
  if (!key.ok) return key;
  const version = checkVersion(store.spec, request.version);
  if (!version.ok) return version;
  const reply = await getVersion(reading, version.value);
  if (!reply.ok) return failed(transportFault(nameOf(reading), reply.fault));
  switch (reply.value.status) {
    case 200:
      return served(reading, reply.value);
    case 403:
      return refused(reading);
    case 404:
      return failed(await missing(reading, reply.value));
    default:
      return failed(await unexpected(reading, reply.value));
  }
}

/** Policy and a dead token answer alike. */
async function refused(reading: Reading): Promise<ReadAnswer> {
  const token = await reading.checks.token(reading.signal);
  if (token === 'dead') return failed({ kind: 'login-expired' });
  if (token !== 'alive') return failed(token);
  const { store, request } = reading;
  const policy = missingRule(store.spec, policyPath(store.spec, request.key), ['read']);
  return failed(accessDenied(`${nameOf(reading)} refused access to ${request.key}: ${policy}`));
}

/** 405 is how another engine says that it cannot be read like this. */
async function unexpected(reading: Reading, answer: HttpAnswer): Promise<Fault> {
  const known = statusFault(nameOf(reading), answer);
  if (known) return known;
  const mount = await reading.checks.mount(reading.signal);
  if (mount !== 'proved') return mount;
  return accessDenied(`${nameOf(reading)} refused to read ${reading.request.key} (status ${answer.status})`);
}
