import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import { type JsonFault, type JsonNode, parseJson } from '../../core/json.ts';
import { failed, flatMap, ok, type Result } from '../../core/result.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { madeAt, rotatedAt } from '../kit/made-at.ts';
import type { RemoteValue } from '../provider.ts';
import type { Place, Resource } from './keys.ts';

/** How the API server says no. Its message is never read. */
export const Status = z.object({
  kind: z.literal('Status'),
  reason: z.string(),
  details: z.object({ kind: z.string().optional(), name: z.string().optional() }).optional(),
});

export const WhoAmI = z.object({
  kind: z.literal('SelfSubjectReview'),
  status: z.object({ userInfo: z.object({ username: z.string() }) }),
});

/** Names only: asked for in this form, an object's values do not travel. */
export const NameList = z.object({
  kind: z.literal('PartialObjectMetadataList'),
  metadata: z.object({ continue: z.string().optional() }),
  /** An empty list is `null`. */
  items: z
    .array(z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) }))
    .nullable()
    .transform(items => items ?? []),
});

/** A Secret or ConfigMap: its version, and its values as bytes. */
export interface DataObject extends Pick<RemoteValue, 'madeAt'> {
  readonly version: string;
  readonly values: ReadonlyMap<string, Buffer>;
}

/**
 * The object that was asked for; `malformed` is any other answer. Read with a parser that keeps every name as it is:
 * `__proto__` and `10` are good data keys.
 */
export function dataObject(place: Place, { body }: HttpAnswer): Result<DataObject, JsonFault> {
  const parsed = isUtf8(body) ? parseJson(Buffer.from(body).toString('utf8')) : failed<JsonFault>('malformed');
  return flatMap(parsed, object => {
    const found = objectIn(object, place);
    return found ? ok(found) : failed('malformed');
  });
}

function objectIn(object: JsonNode, { resource, namespace, name }: Place): DataObject | undefined {
  const metadata = member(object, 'metadata');
  const version = textOf(member(metadata, 'resourceVersion'));
  const isIt =
    textOf(member(object, 'kind')) === kinds[resource] &&
    textOf(member(metadata, 'namespace')) === namespace &&
    textOf(member(metadata, 'name')) === name;
  if (!isIt || version === undefined) return undefined;
  const texts = resource === 'secrets' ? [] : entries(member(object, 'data'), 'utf8');
  const binaries = entries(member(object, resource === 'secrets' ? 'data' : 'binaryData'), 'base64');
  return { version, values: new Map([...texts, ...binaries]), ...madeIn(metadata) };
}

/**
 * The resourceVersion moves with each label. When a value last changed is in what the API server keeps of each writer: the
 * last write of one that has values. Where that was taken off, nobody says. It may be one of a label by the same writer.
 */
function madeIn(metadata: JsonNode | undefined): Pick<RemoteValue, 'madeAt'> {
  const writers = member(metadata, 'managedFields');
  const times = (writers?.kind === 'array' ? writers.items : [])
    .filter(writer => ['f:data', 'f:binaryData'].some(field => member(member(writer, 'fieldsV1'), field)))
    .flatMap(writer => textOf(member(writer, 'time')) ?? []);
  return madeAt(times.toSorted().at(-1), textOf(member(member(metadata, 'annotations'), rotatedAt)));
}

const kinds: Readonly<Record<Resource, string>> = { secrets: 'Secret', configmaps: 'ConfigMap' };

const member = (node: JsonNode | undefined, name: string): JsonNode | undefined =>
  node?.kind === 'object' ? node.members.get(name) : undefined;

const textOf = (node: JsonNode | undefined): string | undefined => (node?.kind === 'string' ? node.text : undefined);

function entries(node: JsonNode | undefined, encoding: 'utf8' | 'base64'): readonly (readonly [string, Buffer])[] {
  const members = node?.kind === 'object' ? [...node.members] : [];
  return members.map(([name, value]) => [name, Buffer.from(textOf(value) ?? '', encoding)]);
}
