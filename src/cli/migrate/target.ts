import type { JsonObject } from '../../core/untyped.ts';
import type { Fields } from './fields.ts';
import type { Findings } from './findings.ts';
import { defined } from './providers/store.ts';
import type { Around } from './reference.ts';
import { translateTemplate } from './template.ts';

/** `target`: name, policies and metadata of the Secret. */
export function translateTarget(spec: Fields, metadata: JsonObject, around: Around): JsonObject | undefined {
  const { findings, adopt } = around;
  const target = spec.object('target');
  const template = target.maybe('template');
  const own = template?.object('metadata');
  const type = template?.text('type');
  const result = defined({
    name: target.text('name'),
    type: type === 'Opaque' ? undefined : type,
    creationPolicy: creationPolicy(target, findings),
    deletionPolicy: deletionPolicy(target, findings),
    adopt: target.text('creationPolicy') === 'Merge' ? undefined : adopt,
    immutable: target.isTrue('immutable') || undefined,
    // Without a template theirs copies the metadata of the ExternalSecret.
    labels: template ? plain(own?.map('labels')) : ours(metadata.labels),
    annotations: template ? plain(own?.map('annotations')) : ours(metadata.annotations),
    template: template && translateTemplate(template, around),
  });
  return Object.keys(result).length > 0 ? result : undefined;
}

function creationPolicy(target: Fields, findings: Findings): string | undefined {
  const policy = target.text('creationPolicy');
  const at = target.at('creationPolicy');
  if (policy === 'Merge') findings.note(at, 'the Secret must agree: label it shearline.dev/merge=allowed');
  if (policy === 'None') findings.left(at, 'a reference without a Secret does nothing here');
  return policy === 'Owner' || policy === 'None' ? undefined : policy;
}

function deletionPolicy(target: Fields, findings: Findings): string | undefined {
  const policy = target.text('deletionPolicy');
  if (policy === 'Merge')
    findings.left(
      target.at('deletionPolicy'),
      'Retain or Delete: keys that are gone leave the Secret where they are optional',
    );
  return policy === 'Delete' ? policy : undefined;
}

/** Those with a template are part of the template. */
function plain(map: Readonly<Record<string, string>> = {}): JsonObject | undefined {
  return nonEmpty(Object.entries(map).filter(([, value]) => !value.includes('{{')));
}

const reserved = /^(.*\.)?(shearline\.dev|kubernetes\.io|k8s\.io|external-secrets\.io)\//;

function ours(map: unknown): JsonObject | undefined {
  const all = typeof map === 'object' && map !== null ? Object.entries(map) : [];
  return nonEmpty(all.filter(([name]) => !reserved.test(name) || name.startsWith('app.kubernetes.io/')));
}

const nonEmpty = (entries: readonly (readonly [string, unknown])[]): JsonObject | undefined =>
  entries.length > 0 ? Object.fromEntries(entries) : undefined;
