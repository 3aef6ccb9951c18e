import { type Fault, unusable } from '../../core/fault.ts';
import { type JsonFault, type JsonNode, jsonFlaws, parseJson } from '../../core/json.ts';
import { failed, ok } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { madeAt, rotatedAt } from '../kit/made-at.ts';
import type { ReadAnswer, RemoteValue } from '../provider.ts';
import { notVault } from './faults.ts';
import { nameOf, type Reading } from './reading.ts';

/**
 * What a 200 of a KV engine holds: the pairs of `data`, as the store's own text. Nothing is parsed and printed again on
 * the way. The mount is proved before anything is believed: what one version of the engine keeps as its own metadata
 * is, in the other, a value that anybody may have written.
 */
export async function served(reading: Reading, answer: HttpAnswer): Promise<ReadAnswer> {
  const text = new SecretValue(answer.body).revealText();
  const parsed = text === undefined ? failed<JsonFault>('malformed') : parseJson(text);
  if (!parsed.ok) return failed(unreadable(reading, parsed.fault));
  const engine = await reading.checks.engine(reading.signal);
  if (engine !== 'known') return failed(engine);
  const found = reading.store.spec.kv.version === 2 ? versioned(parsed.value) : plain(parsed.value);
  if (!found) return failed(notVault(nameOf(reading), 200));
  const { data, version, ...made } = found;
  if (data.kind !== 'object') return failed(noPairs(reading, found));
  return ok({
    value: SecretValue.fromText(withoutEscapes(data.source)),
    ...(version !== undefined && { version }),
    ...made,
  });
}

interface Found extends Pick<RemoteValue, 'version' | 'madeAt'> {
  readonly data: JsonNode;
}

function versioned(answer: JsonNode): Found | undefined {
  const outer = member(answer, 'data');
  const data = member(outer, 'data');
  const metadata = member(outer, 'metadata');
  const version = member(metadata, 'version');
  const made = madeAt(textIn(metadata, 'created_time'), textIn(member(metadata, 'custom_metadata'), rotatedAt));
  return data && version?.kind === 'literal' ? { data, version: version.source, ...made } : undefined;
}

function plain(answer: JsonNode): Found | undefined {
  const data = member(answer, 'data');
  return data && { data };
}

const member = (node: JsonNode | undefined, name: string): JsonNode | undefined =>
  node?.kind === 'object' ? node.members.get(name) : undefined;

function textIn(node: JsonNode | undefined, name: string): string | undefined {
  const found = member(node, name);
  return found?.kind === 'string' ? found.text : undefined;
}

/** The engine keeps what it was given, `{"data": null}` too. That is no absence: somebody wrote it. */
function noPairs(reading: Reading, { data, version }: Found): Fault {
  const where = version === undefined ? reading.request.key : `version ${version} of ${reading.request.key}`;
  const what = data.source === 'null' ? 'was written with null for its data' : 'holds no pairs';
  return unusable(`${where} at ${nameOf(reading)} ${what}: write key-value pairs`);
}

/**
 * The store is written in Go, whose encoder puts these five as escapes into every string, against browsers that would
 * take JSON for HTML. Whoever takes a nested value as text would find them there instead of what was stored. All else,
 * `\\u003c` (a backslash, then text) among it, stays as it was sent.
 */
function withoutEscapes(json: string): string {
  return json.replace(/\\u(?:003c|003e|0026|2028|2029)/g, (found, at: number) =>
    isEscaped(json, at) ? found : String.fromCharCode(Number.parseInt(found.slice(2), 16)),
  );
}

/** An odd number of backslashes before it. Each run of them is walked once. */
function isEscaped(json: string, at: number): boolean {
  let before = at;
  while (json[before - 1] === '\\') before--;
  return (at - before) % 2 === 1;
}

const unreadable = (reading: Reading, fault: JsonFault): Fault =>
  fault === 'malformed' ? notVault(nameOf(reading), 200) : unusable(`${reading.request.key} ${jsonFlaws[fault]}`);
