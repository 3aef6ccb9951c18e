import { createHash } from 'node:crypto';
import { annotations as names } from '../../../api/annotations.ts';
import type { SecretReference } from '../../../api/secret-reference/secret-reference.ts';
import { showsMetadata, type TemplateFrom } from '../../../api/secret-reference/template.ts';
import { invalid } from '../../../core/fault.ts';
import { lastApplied, type ObjectMeta } from '../../../core/object-meta.ts';

/** A ConfigMap or Secret that templates come from, as its watch shows it. */
export interface TemplateObject {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly metadata: ObjectMeta;
}

export const kindOf = ({ configMap }: TemplateFrom): TemplateObject['kind'] =>
  configMap === undefined ? 'Secret' : 'ConfigMap';
export const nameOf = ({ configMap, secret }: TemplateFrom): string => configMap?.name ?? secret?.name ?? '';

export const notFound = (from: TemplateFrom, namespace: string) =>
  invalid(
    'TemplateNotFound',
    `spec.target.template.from: there is no ${kindOf(from)} ${namespace}/${nameOf(from)} with the label ` +
      'shearline.dev/template: "true": create it, or add the label to it',
  );

/** Labels and annotations of a reference that its templates may use: not those by which it is driven. */
export function visibleMetadata({ labels, annotations }: ObjectMeta): Pick<ObjectMeta, 'labels' | 'annotations'> {
  const hidden: readonly string[] = [names.rotate, names.forceSync, lastApplied];
  const visible = Object.entries(annotations).filter(([name]) => !hidden.includes(name));
  return { labels, annotations: Object.fromEntries(visible) };
}

/**
 * Names all that can change what templates give while spec and values stay. Status keeps it, so that after a restart a
 * change is seen that nobody was there for. Undefined: there is nothing of that kind.
 */
export function inputsOf({ metadata, spec }: SecretReference, objects: readonly TemplateObject[]): string | undefined {
  const template = spec.ok ? spec.value.target.template : undefined;
  if (!showsMetadata(template)) return undefined;
  const { labels, annotations } = visibleMetadata(metadata);
  const sorted = (map: ObjectMeta['labels']) => Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const versions = objects.map(({ kind, metadata: { uid, resourceVersion } }) => [kind, uid, resourceVersion]);
  const text = JSON.stringify([sorted(labels), sorted(annotations), versions]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
