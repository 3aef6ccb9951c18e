import { lastApplied } from '../core/object-meta.ts';
import { fieldOf, isJsonObject } from './json.ts';

/** Metadata that really is no more than metadata. That there was a copy can still be seen: it is empty. */
export function withoutKeptCopy(raw: unknown): unknown {
  const metadata = fieldOf(raw, 'metadata');
  const annotations = fieldOf(metadata, 'annotations');
  if (!isJsonObject(raw) || !isJsonObject(metadata) || !isJsonObject(annotations)) return raw;
  if (!Object.hasOwn(annotations, lastApplied)) return raw;
  return { ...raw, metadata: { ...metadata, annotations: { ...annotations, [lastApplied]: '' } } };
}
