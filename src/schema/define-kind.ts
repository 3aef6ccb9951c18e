import type * as z from 'zod';
import { type Fault, invalidSpec } from '../core/fault.ts';
import { type Keeps, keepOnly, type ObjectMeta, parseObjectMeta } from '../core/object-meta.ts';
import { failed, ok, type Result } from '../core/result.ts';
import { explainIssue, explainIssues } from './explain.ts';

/** One definition of a kind: its TypeScript type, parser, CRD and reference docs all come from it. */
export interface KindDefinition {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  readonly columns: readonly Column[];
  /** JSON paths that `--field-selector` takes, at most 8, of simple types. */
  readonly selectableFields: readonly string[];
}

/** A column of `kubectl get`. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** True for a column that only `-o wide` shows. */
  readonly wide?: boolean;
}

/** An object as the rest of the operator holds it. */
export interface KubeObject<K extends string, Spec, Status> {
  readonly kind: K;
  readonly metadata: ObjectMeta;
  /** A spec that was refused is `invalid InvalidSpec`, with a message that names the field and never quotes its value. */
  readonly spec: Result<Spec>;
  /** Undefined when there is none yet, or none that can be read. */
  readonly status: Status | undefined;
}

export interface Kind<K extends string, Spec, Status> extends KindDefinition {
  readonly kind: K;
  readonly apiVersion: string;
  /**
   * Undefined for something that is no object at all. Runs for each watch event: the spec of the same generation as that
   * of `before` is not read again.
   */
  parse(raw: unknown, before?: KubeObject<K, Spec, Status>): KubeObject<K, Spec, Status> | undefined;
}

interface Typed<K extends string, Spec, Status> extends KindDefinition {
  readonly kind: K;
  readonly spec: z.ZodType<Spec>;
  readonly status: z.ZodType<Status>;
  /** What is held of the labels and annotations of an object with that spec. Default: all. */
  readonly keeps?: (spec: Result<Spec>, metadata: ObjectMeta) => Keeps;
}

export function defineKind<K extends string, Spec, Status>(definition: Typed<K, Spec, Status>): Kind<K, Spec, Status> {
  return {
    ...definition,
    apiVersion: `${definition.group}/${definition.version}`,
    parse: (raw, before) => parseObject(definition, raw, before),
  };
}

function parseObject<K extends string, Spec, Status>(
  { kind, spec: schema, status, keeps = () => ({}) }: Typed<K, Spec, Status>,
  raw: unknown,
  before: KubeObject<K, Spec, Status> | undefined,
): KubeObject<K, Spec, Status> | undefined {
  if (typeof raw !== 'object' || raw === null || !('metadata' in raw)) return undefined;
  const metadata = parseObjectMeta(raw.metadata);
  if (metadata === undefined) return undefined;
  const isSame = before !== undefined && hasSameSpec(metadata, before.metadata);
  const spec = isSame ? before.spec : parseSpec(schema, specOf(raw));
  return {
    kind,
    metadata: keepOnly(metadata, keeps(spec, metadata)),
    spec,
    status: 'status' in raw && !isUnreported(raw.status) ? status.safeParse(raw.status).data : undefined,
  };
}

/**
 * The status that the API server gives an object until something is reported, as a default of the CRD. Without it, kstatus
 * (Flux, `helm --wait`) takes an object that nobody has looked at for one that is ready.
 */
export const unreported = { observedGeneration: -1 } as const;

const isUnreported = (status: unknown): boolean =>
  typeof status === 'object' &&
  status !== null &&
  'observedGeneration' in status &&
  status.observedGeneration === unreported.observedGeneration;

/** The API server raises the generation with each change of a spec. */
const hasSameSpec = (now: ObjectMeta, before: ObjectMeta): boolean =>
  now.uid === before.uid && now.generation === before.generation;

const specOf = (raw: object): unknown => ('spec' in raw ? raw.spec : undefined);

function parseSpec<Spec>(schema: z.ZodType<Spec>, raw: unknown): Result<Spec, Fault> {
  const parsed = schema.safeParse(raw, { error: explainIssue });
  return parsed.success ? ok(parsed.data) : failed(invalidSpec(explainIssues('spec', parsed.error.issues)));
}
