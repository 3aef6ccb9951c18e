import { fieldOf, isJsonObject, type JsonObject, textOf } from '../../core/untyped.ts';
import { translateClusterReference } from './cluster-reference.ts';
import { accepted } from './emit.ts';
import { Fields } from './fields.ts';
import { type Finding, Findings, type TranslatedTemplate } from './findings.ts';
import { defined } from './providers/store.ts';
import { type SpellKey, translateReference } from './reference.ts';
import { type TranslatedSource, translateSource } from './source.ts';

/** One object of a file, and where it is. */
export interface Manifest {
  readonly place: string;
  readonly object: JsonObject;
}

export interface Migrated {
  /** An object to write, and what a human has to look at before it is applied. */
  readonly written: readonly { readonly object: JsonObject; readonly left: readonly Finding[] }[];
  readonly findings: readonly Finding[];
  readonly templates: readonly TranslatedTemplate[];
  /** How many of their objects there were. */
  readonly seen: number;
}

/**
 * Stores first: references are spelled by them. A reference of which something is left is written with `suspend: true`, so
 * that applying it changes nothing before somebody has looked.
 */
export function migrate(manifests: readonly Manifest[], adopt?: string): Migrated {
  const theirs = manifests.filter(({ object }) => isTheirs(object));
  const stores = new Map<string, TranslatedSource>();
  const context = { stores, configMaps: configMapsOf(manifests), adopt };
  const parts = theirs
    .toSorted((a, b) => Number(isStore(b.object)) - Number(isStore(a.object)))
    .map(manifest => translate(manifest, context));
  return {
    written: parts.flatMap(({ written }) => written),
    findings: parts.flatMap(({ findings }) => findings),
    templates: parts.flatMap(({ templates }) => templates),
    seen: theirs.length,
  };
}

const isTheirs = ({ apiVersion }: JsonObject): boolean => /(^|\.)external-secrets\.io\//.test(textOf(apiVersion) ?? '');
const isStore = ({ kind }: JsonObject): boolean => kind === 'SecretStore' || kind === 'ClusterSecretStore';

type Part = Pick<Migrated, 'written' | 'findings' | 'templates'>;

function translate({ place, object }: Manifest, context: Context): Part {
  const kind = textOf(object.kind) ?? '';
  const spec = new Fields(object.spec, 'spec');
  const metadata = metadataOf(object.metadata);
  const findings = new Findings({
    file: place,
    object: `${kind} ${[metadata.namespace, metadata.name].filter(Boolean).join('/')}`,
  });
  const made = objectFor(kind, spec, metadata, findings, context);
  if (made !== undefined) for (const field of spec.unread()) findings.left(field, 'there is nothing like it here');
  return finish(made, findings);
}

interface Context {
  /** By kind, namespace and name: see `storeKey`. */
  readonly stores: Map<string, TranslatedSource>;
  readonly configMaps: ReadonlyMap<string, JsonObject>;
  readonly adopt: string | undefined;
}

/** Those among the files, by namespace and name. */
const configMapsOf = (manifests: readonly Manifest[]): ReadonlyMap<string, JsonObject> =>
  new Map(
    manifests
      .filter(({ object }) => object.apiVersion === 'v1' && object.kind === 'ConfigMap')
      .map(({ object: { metadata, data } }) => [
        `${textOf(fieldOf(metadata, 'namespace')) ?? ''}/${textOf(fieldOf(metadata, 'name')) ?? ''}`,
        isJsonObject(data) ? data : {},
      ]),
  );

function objectFor(
  kind: string,
  spec: Fields,
  metadata: JsonObject,
  findings: Findings,
  { stores, configMaps, adopt }: Context,
): JsonObject | undefined {
  const [name, namespace] = [textOf(metadata.name) ?? '', textOf(metadata.namespace) ?? ''];
  if (kind === 'ExternalSecret' || kind === 'ClusterExternalSecret') {
    const configMap = (of: string) => configMaps.get(`${namespace}/${of}`);
    const spell: SpellKey = (store, key) => {
      const [own, anyones] = [namespace, ''].map(home => stores.get(storeKey(store.kind, home, store.name)));
      const known = own ?? anyones;
      if (known === undefined)
        findings.note(
          'spec',
          `${store.name} is not among what was given: keys stay as they are, check how it spells them`,
        );
      return known?.key(key) ?? key;
    };
    const around = { findings, spell, configMap, adopt };
    return kind === 'ExternalSecret'
      ? translateReference(spec, metadata, around)
      : translateClusterReference(spec, metadata, around);
  }
  if (kind !== 'SecretStore' && kind !== 'ClusterSecretStore') {
    findings.left('kind', `there is no counterpart of ${kind} here`);
    return undefined;
  }
  const cluster = kind === 'ClusterSecretStore';
  const source = translateSource(spec, metadata, { cluster, name, namespace, findings });
  stores.set(storeKey(cluster ? 'ClusterSecretSource' : 'SecretSource', namespace, name), source);
  return source.object;
}

const storeKey = (kind: string, namespace: string, name: string): string =>
  kind === 'SecretSource' ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;

function finish(made: JsonObject | undefined, findings: Findings): Part {
  const object = made && accepted(made, findings);
  const { templates } = findings;
  if (object === undefined) return { written: [], findings: findings.all, templates };
  const left = findings.all.filter(({ level }) => level === 'left');
  const safe = left.length > 0 ? suspended(object) : object;
  return { written: [{ object: safe, left }], findings: findings.all, templates };
}

function suspended(object: JsonObject): JsonObject {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  if (object.kind === 'SecretReference') return { ...object, spec: { ...spec, suspend: true } };
  const { reference } = spec;
  return isJsonObject(reference)
    ? { ...object, spec: { ...spec, reference: { ...reference, suspend: true } } }
    : object;
}

/** What people wrote; not what the API server and kubectl add. Values are texts, whatever YAML makes of them. */
function metadataOf(theirs: unknown): JsonObject {
  const { name, namespace, labels, annotations } = isJsonObject(theirs) ? theirs : {};
  return defined({ name, namespace, labels: textsOf(labels), annotations: textsOf(annotations) });
}

function textsOf(map: unknown): JsonObject | undefined {
  const kept = Object.entries(isJsonObject(map) ? map : {}).filter(([key]) => !isTheirMark(key));
  return kept.length > 0 ? Object.fromEntries(kept.map(([key, value]) => [key, String(value)])) : undefined;
}

const isTheirMark = (name: string): boolean =>
  name.startsWith('kubectl.kubernetes.io/') || name.includes('external-secrets.io/');
