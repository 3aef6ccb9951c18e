import type { Fault } from '../../../core/fault.ts';
import { absent, unusable } from '../../../core/fault.ts';
import type { JsonFault, JsonNode } from '../../../core/json.ts';
import { childOf, isNull, jsonFlaws, parseJson } from '../../../core/json.ts';
import type { Result } from '../../../core/result.ts';
import { failed, flatMap, ok } from '../../../core/result.ts';
import { SecretValue } from '../../../core/secret-value.ts';

/**
 * One property of a remote value. Strings arrive as their text, everything else as its own slice of the JSON.
 * `where` names the remote key in messages; no part of the value ever does.
 */
export function selectProperty(value: SecretValue, property: string | undefined, where: string): Result<SecretValue> {
  if (property === undefined) return ok(value);
  return flatMap(container(value, where), node => {
    const found = find(node, property);
    return found ? ok(bytesOf(found)) : failed(absent('PropertyNotFound', `${where} has no property "${property}"`));
  });
}

/** All top-level properties but those that are null, for `dataFrom.extract`, in the order in which the store sent them. */
export function extractAll(value: SecretValue, where: string): Result<ReadonlyMap<string, SecretValue>> {
  return flatMap(container(value, where), node => {
    if (node.kind !== 'object')
      return failed(unusable(`${where} is a JSON list: it has no named properties to extract`));
    const there = [...node.members].filter(([, member]) => !isNull(member));
    return ok(new Map(there.map(([name, member]) => [name, bytesOf(member)])));
  });
}

/** A name that literally contains dots wins over a path, at every level: the longest name that leads to an answer. */
function find(node: JsonNode, path: string): JsonNode | undefined {
  const whole = childOf(node, path);
  if (whole) return whole;
  for (const name of namesOnPath(node, path)) {
    const next = childOf(node, name);
    const found = next && find(next, path.slice(name.length + 1));
    if (found) return found;
  }
  return undefined;
}

/**
 * Names with which the path goes on, longest first: of the members, or of the path, whichever are fewer. So a document and
 * a path that are made for each other take no longer than a look at each member.
 */
function namesOnPath(node: JsonNode, path: string): readonly string[] {
  const names = node.kind === 'object' && node.members.size <= path.length ? [...node.members.keys()] : prefixes(path);
  return names
    .filter(name => name !== '' && path[name.length] === '.' && path.startsWith(name))
    .toSorted((a, b) => b.length - a.length);
}

const prefixes = (path: string): readonly string[] =>
  [...path.matchAll(/\./g)].map(({ index }) => path.slice(0, index));

const bytesOf = (node: JsonNode): SecretValue => SecretValue.fromText(node.kind === 'string' ? node.text : node.source);

function container(value: SecretValue, where: string): Result<JsonNode> {
  const parsed = parsedOnce(value);
  if (!parsed.ok) return failed(notUsable(parsed.fault, where));
  const hasProperties = parsed.value.kind === 'object' || parsed.value.kind === 'array';
  return hasProperties ? parsed : failed(unusable(`${where} is a single JSON value: it has no properties`));
}

/** A Secret of many keys asks the same remote value once a key. Lives as long as the value does. */
const parsedValues = new WeakMap<SecretValue, Result<JsonNode, JsonFault>>();

function parsedOnce(value: SecretValue): Result<JsonNode, JsonFault> {
  const known = parsedValues.get(value);
  if (known) return known;
  const text = value.revealText();
  const parsed = text === undefined ? failed<JsonFault>('malformed') : parseJson(text);
  parsedValues.set(value, parsed);
  return parsed;
}

const notUsable = (fault: JsonFault, where: string): Fault =>
  fault === 'malformed'
    ? unusable(`${where} is not JSON, so it has no properties: leave property out to take the whole value`)
    : unusable(`${where} ${jsonFlaws[fault]}`);
