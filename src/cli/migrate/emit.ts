import { group, version } from '../../api/group.ts';
import { isJsonObject, type JsonObject } from '../../core/untyped.ts';
import type { Path } from '../documents.ts';
import { invalidFields, ownKind, pathText, unknownFields } from '../own-kinds.ts';
import type { Findings } from './findings.ts';

export const apiVersion = `${group}/${version}`;

/**
 * What may be written of a translated object: only fields that this version knows, and only an object that its own parser
 * takes. What is taken away, and what is refused, is a finding.
 */
export function accepted(object: JsonObject, findings: Findings): JsonObject | undefined {
  const kind = ownKind(object);
  if (kind === undefined) return object;
  const unknown = unknownFields(kind, object);
  for (const path of unknown) findings.left(pathText(path), `${kind.kind} has no such field in this version`);
  const known = unknown.reduce<unknown>((rest, path) => without(rest, path), object);
  if (!isJsonObject(known)) return undefined;
  const flaws = invalidFields(kind, known);
  for (const { path, message } of flaws) findings.left(pathText(path), `not written: ${message}`);
  return flaws.length === 0 ? known : undefined;
}

function without(value: unknown, [first, ...rest]: Path): unknown {
  if (first === undefined) return value;
  if (Array.isArray(value)) return value.map((each, at) => (at === first ? without(each, rest) : each));
  if (!isJsonObject(value)) return value;
  const others = Object.entries(value).filter(([name]) => name !== first || rest.length > 0);
  return Object.fromEntries(others.map(([name, each]) => [name, name === first ? without(each, rest) : each]));
}
