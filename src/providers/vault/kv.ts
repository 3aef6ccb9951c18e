import type { Fault } from '../../core/fault.ts';
import { accessDenied, unusable } from '../../core/fault.ts';
import type { JsonFault, JsonNode } from '../../core/json.ts';
import { parseJson } from '../../core/json.ts';
import { failed, ok } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import type { HttpAnswer } from '../../net/http.ts';
import type { ReadAnswer, RemoteValue } from '../provider.ts';
import { transportFault } from '../transport-fault.ts';
import { missing } from './absence.ts';
import { notVault, statusFault } from './faults.ts';
import { checkKey, checkVersion, policyPath } from './paths.ts';
import type { Reading } from './reading.ts';
import { getVersion, nameOf } from './reading.ts';
import { inNamespace } from './store.ts';

/** One read of a KV engine, and what each answer to it means. */
export async function readKey(reading: Reading): Promise<ReadAnswer> {
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

/** The value is the store's own text of `data`: nothing is parsed and printed again on the way. */
async function served(reading: Reading, answer: HttpAnswer): Promise<ReadAnswer> {
  const text = new SecretValue(answer.body).revealText();
  const parsed = text === undefined ? failed<JsonFault>('malformed') : parseJson(text);
  if (!parsed.ok) return failed(unreadable(reading, parsed.fault));
  const value = reading.store.spec.kv.version === 2 ? versioned(parsed.value) : plain(parsed.value);
  if (value) return ok(value);
  const mount = await reading.checks.mount(reading.signal);
  return failed(mount === 'proved' ? notVault(nameOf(reading), 200) : mount);
}

function versioned(answer: JsonNode): RemoteValue | undefined {
  const outer = member(answer, 'data');
  const data = member(outer, 'data');
  const version = member(member(outer, 'metadata'), 'version');
  if (data?.kind !== 'object' || version?.kind !== 'literal') return undefined;
  return { value: SecretValue.fromText(data.source), version: version.source };
}

function plain(answer: JsonNode): RemoteValue | undefined {
  const data = member(answer, 'data');
  return data?.kind === 'object' ? { value: SecretValue.fromText(data.source) } : undefined;
}

const member = (node: JsonNode | undefined, name: string): JsonNode | undefined =>
  node?.kind === 'object' ? node.members.get(name) : undefined;

function unreadable(reading: Reading, fault: JsonFault): Fault {
  const { key } = reading.request;
  switch (fault) {
    case 'malformed':
      return notVault(nameOf(reading), 200);
    case 'duplicate-key':
      return unusable(`${key} has the same JSON key twice: readers would not agree on its value`);
    case 'too-deep':
      return unusable(`${key} is nested too deeply`);
    case 'too-large':
      return unusable(`${key} is too large`);
    default:
      return fault satisfies never;
  }
}

/** Policy and a dead token answer alike. */
async function refused(reading: Reading): Promise<ReadAnswer> {
  const token = await reading.checks.token(reading.signal);
  if (token === 'dead') return failed({ kind: 'login-expired' });
  if (token !== 'alive') return failed(token);
  const { store, request } = reading;
  const rule = `path "${policyPath(store.spec, request.key)}" { capabilities = ["read"] }`;
  const policy = `its policy${inNamespace(store.spec)} needs ${rule}`;
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
