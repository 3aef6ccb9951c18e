import { fieldOf, isJsonObject } from './json.ts';

/** Here `kubectl apply` keeps the whole object as it was applied: of a Secret, its values. */
const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** Metadata that really is no more than metadata. */
export function withoutKeptCopy(raw: unknown): unknown {
  const metadata = fieldOf(raw, 'metadata');
  const annotations = fieldOf(metadata, 'annotations');
  if (!isJsonObject(raw) || !isJsonObject(metadata) || !isJsonObject(annotations)) return raw;
  if (!Object.hasOwn(annotations, annotation)) return raw;
  const { [annotation]: _copy, ...others } = annotations;
  return { ...raw, metadata: { ...metadata, annotations: others } };
}
