import { group, version } from '../api/group.ts';
import { kinds } from '../api/kinds.ts';
import { Backoff } from '../async/backoff.ts';
import { pause } from '../async/deadline.ts';
import { fieldOf } from '../core/untyped.ts';
import type { Answer, RoundTrip } from '../kube/http.ts';
import type { KindDefinition } from '../schema/define-kind.ts';
import { fieldPaths, publishedPaths } from '../schema/field-paths.ts';

/** In what the CustomResourceDefinitions of the cluster are not those of this version. */
export interface CrdMismatch {
  /** Kinds that are not served. */
  readonly missing: readonly string[];
  /** Of each kind the first field that this version knows, and the cluster does not: it would be dropped without a word. */
  readonly older: readonly string[];
  /** Of each kind the first field that this version does not know: it would be ignored, whatever it forbids. */
  readonly newer: readonly string[];
}

export interface CrdPorts {
  readonly call: RoundTrip;
  readonly random: () => number;
  /** Called when what is wrong is something else than before; undefined: nothing any more. */
  readonly found: (wrong: CrdMismatch | 'no-answer' | undefined) => void;
}

const published = `/openapi/v3/apis/${group}/${version}`;
const retry = { firstMs: 400, capMs: 5000 };

/**
 * Waits until the cluster has the CustomResourceDefinitions of this version; false when the signal ends before. Every
 * login may read what the API server publishes, so no right is needed. Where it publishes nothing, lists have to do.
 */
export async function awaitCrds({ call, random, found }: CrdPorts, signal: AbortSignal): Promise<boolean> {
  const backoff = new Backoff(retry, random);
  let before: string | undefined;
  while (!signal.aborted) {
    const wrong = wrongIn(await call({ method: 'GET', path: published }, { signal }));
    if (signal.aborted) return false;
    const now = wrong && JSON.stringify(wrong);
    if (now !== before) found(wrong);
    if (wrong === undefined) return true;
    before = now;
    await pause(backoff.next(), signal);
  }
  return false;
}

/** Without the right to read what is published it goes on: the lists will show. */
function wrongIn(answer: Answer): CrdMismatch | 'no-answer' | undefined {
  if (answer.kind === 'no-response') return 'no-answer';
  if (answer.status === 404) return { missing: kinds.map(({ kind }) => kind), older: [], newer: [] };
  if (answer.status === 401 || answer.status === 403) return undefined;
  return answer.status < 300 ? mismatchOf(answer.body) : 'no-answer';
}

/** Compares what is published with the definitions; undefined: it is the same. */
export function mismatchOf(openapi: unknown): CrdMismatch | undefined {
  const schemas = fieldOf(fieldOf(openapi, 'components'), 'schemas');
  const served = kinds.map(kind => ({ kind, schema: fieldOf(schemas, nameOf(kind)) }));
  const there = served.filter(({ schema }) => schema !== undefined);
  const misfit: CrdMismatch = {
    missing: served.filter(({ schema }) => schema === undefined).map(({ kind }) => kind.kind),
    older: there.flatMap(({ kind, schema }) => firstBeyond(kind, pathsOf(kind), pathsIn(schema))),
    newer: there.flatMap(({ kind, schema }) => firstBeyond(kind, pathsIn(schema), pathsOf(kind))),
  };
  return Object.values(misfit).some(names => names.length > 0) ? misfit : undefined;
}

/** `dev.shearline.v1alpha1.SecretReference`. */
const nameOf = ({ group, version, kind }: KindDefinition): string =>
  [...group.split('.').toReversed(), version, kind].join('.');

/** The first field of the one that the other lacks. */
function firstBeyond({ kind }: KindDefinition, one: readonly string[], other: readonly string[]): readonly string[] {
  const known = new Set(other);
  const beyond = one.find(path => !known.has(path));
  return beyond === undefined ? [] : [`${kind} ${beyond}`];
}

/** Metadata is the API server's own. */
const pathsOf = ({ spec, status }: KindDefinition): readonly string[] => [
  ...fieldPaths(spec, 'spec'),
  ...fieldPaths(status, 'status'),
];

const pathsIn = (schema: unknown): readonly string[] =>
  ['spec', 'status'].flatMap(part => publishedPaths(fieldOf(fieldOf(schema, 'properties'), part), part));
