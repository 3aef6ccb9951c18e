import { parseDuration } from '../../core/duration.ts';
import type { JsonObject } from '../../core/untyped.ts';
import { apiVersion } from './emit.ts';
import { translateEntry, translateFrom } from './entries.ts';
import type { Fields } from './fields.ts';
import type { Findings } from './findings.ts';
import { defined } from './providers/store.ts';
import { translateTarget } from './target.ts';

/** What a reference needs to know of the stores among the files: how keys of one are spelled here. */
export type SpellKey = (store: { readonly kind: string; readonly name: string }, key: string) => string;

/** What else a translation sees, and where it says what it has to say. */
export interface Around {
  readonly findings: Findings;
  readonly spell: SpellKey;
  /** The data of a ConfigMap of its namespace, if that is among the files. */
  readonly configMap: (name: string) => JsonObject | undefined;
  /** What to do with a Secret that is there. */
  readonly adopt: string | undefined;
}

/** ExternalSecret → SecretReference. */
export function translateReference(spec: Fields, metadata: JsonObject, around: Around): JsonObject {
  const store = sourceRef(spec.maybe('secretStoreRef'));
  const { findings, spell } = around;
  const context = { findings, spell, store };
  return {
    apiVersion,
    kind: 'SecretReference',
    metadata,
    spec: defined({
      sourceRef: store,
      refreshInterval: refreshInterval(spec, findings),
      refreshPolicy: refreshPolicy(spec),
      data: nonEmpty(spec.list('data').map(entry => translateEntry(entry, context))),
      dataFrom: nonEmpty(spec.list('dataFrom').flatMap((entry, at) => translateFrom(entry, at, context))),
      target: translateTarget(spec, metadata, around),
    }),
  };
}

/** Kind and name of a source, from those of a store. */
export function sourceRef(ref: Fields | undefined): SourceName | undefined {
  const name = ref?.text('name');
  if (ref === undefined || name === undefined) return undefined;
  return ref.text('kind') === 'ClusterSecretStore' ? { kind: 'ClusterSecretSource', name } : { name };
}
export interface SourceName {
  readonly kind?: 'ClusterSecretSource';
  readonly name: string;
}

const nonEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

const shortestMs = 10_000;

function refreshInterval(spec: Fields, findings: Findings): string | undefined {
  const text = spec.text('refreshInterval');
  if (text === undefined) return undefined;
  if (text === '0') return '0s';
  const ms = parseDuration(text);
  const at = spec.at('refreshInterval');
  if (ms === undefined) findings.left(at, 'write it in whole hours, minutes and seconds, such as 1h30m');
  if (ms === undefined || ms === 0 || ms >= shortestMs) return ms === undefined ? undefined : text;
  findings.note(at, 'the shortest interval is 10s');
  return '10s';
}

function refreshPolicy(spec: Fields): string | undefined {
  const policy = spec.text('refreshPolicy');
  return policy === 'CreatedOnce' ? 'Once' : policy === 'Periodic' ? undefined : policy;
}
