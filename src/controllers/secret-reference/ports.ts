import type { SecretReference } from '../../api/secret-reference/secret-reference.ts';
import type { TemplateFrom } from '../../api/secret-reference/template.ts';
import type { SecretRotation } from '../../api/secret-rotation/secret-rotation.ts';
import type { ClusterSecretSource, SecretSource } from '../../api/secret-source/secret-source.ts';
import type { Clock } from '../../core/clock.ts';
import type { ObjectKey } from '../../core/object-key.ts';
import type { MetadataObject, ObjectMeta } from '../../core/object-meta.ts';
import type { Result } from '../../core/result.ts';
import type { EventRecorder, Informer, KubeClient, Lister } from '../../kube/api.ts';
import type { Secrets } from '../../kube/secrets.ts';
import type { RemoteReader } from '../../remote/ports.ts';
import type { Sandbox } from '../../sandbox/task.ts';
import type { CheckSource } from '../secret-source/check.ts';
import type { OwnedSecrets } from './nouns/owned-secrets.ts';
import type { AuditRecord, OutcomeRecord } from './nouns/records.ts';
import type { ReferenceStates } from './nouns/reference-state.ts';
import type { TemplateObject } from './nouns/template-objects.ts';
import type { PodsInUse } from './pods-in-use.ts';
import type { ReadBudgets } from './read-budget.ts';

/** All that a reconcile may see and touch. */
export interface Ports {
  readonly clock: Clock;
  readonly startup: Startup;
  readonly caches: Caches;
  readonly states: ReferenceStates;
  readonly budgets: ReadBudgets;
  readonly checkSource: CheckSource;
  readonly remote: RemoteReader;
  readonly sandbox: Sandbox;
  readonly readTemplates: ReadTemplates;
  readonly pods: PodsInUse;
  readonly api: Api;
  readonly reports: Reports;
}

/** What the watches show. */
export interface Caches extends SourceListers {
  readonly references: Lister<SecretReference>;
  readonly namespaces: Lister<MetadataObject>;
  /** False for an operator of single namespaces: it knows no more of them than their names. */
  readonly watchesNamespaces: boolean;
  /** Metadata of the Secrets that carry our label. */
  readonly targets: Lister<MetadataObject>;
  /** Metadata of the Secrets whose owner consents to Merge. */
  readonly hosts: Lister<MetadataObject>;
  readonly owned: OwnedSecrets;
  /** The records of runs. Undefined: this operator makes none. */
  readonly rotations: Lister<SecretRotation> | undefined;
  /** Metadata of the objects that may serve as templates. */
  readonly templates: TemplateCaches<Lister<MetadataObject>>;
}

/** By kind. */
export type TemplateCaches<T> = Readonly<Record<TemplateObject['kind'], T>>;

/** The texts of a ConfigMap or Secret as they are now; undefined when there is none that may serve as templates. */
export type ReadTemplates = (
  from: TemplateFrom,
  namespace: string,
  signal: AbortSignal,
) => Promise<Result<Readonly<Record<string, string>> | undefined>>;

/** The API server, and the caches that are to know of a write before its event comes. */
export interface Api {
  readonly client: KubeClient;
  readonly secrets: Secrets;
  /** Hands what a write to a reference left to the cache, so that the next reconcile decides on it. */
  readonly wroteReference: (reference: SecretReference) => void;
  /** The same for a write to a target. */
  readonly wroteTarget: (metadata: ObjectMeta) => void;
  /** Where Secrets are not watched: hands what a look at one has found to the caches. */
  readonly sawSecret: ((key: ObjectKey, secret: MetadataObject | undefined) => void) | undefined;
}

/** Where an outcome is read by others. */
export interface Reports {
  readonly events: EventRecorder;
  /** What security asks for: who read what, and when. Absent: nobody does. */
  readonly audit?: ((record: AuditRecord) => void) | undefined;
  readonly onOutcome: (outcome: OutcomeRecord) => void;
}

/** What is known about the time before this process led. */
export interface Startup {
  /** Steady milliseconds at which this process began to lead. */
  readonly startedAt: number;
  /** Steady milliseconds until which somebody led before; absent when nobody knows. */
  readonly attendedUntil?: number;
}

/** The sources with `default: true`. */
export interface DefaultSources {
  in(namespace: string): readonly SecretSource[];
  ofCluster(): readonly ClusterSecretSource[];
}

/** The sources as the caches show them. */
export interface SourceListers {
  readonly sources: Lister<SecretSource>;
  readonly clusterSources: Lister<ClusterSecretSource>;
  readonly defaults: DefaultSources;
  /** Otherwise none is known, and it cannot be said that there is none. */
  readonly servesClusterSources: boolean;
}

/** What references depend on. */
export interface Watched {
  readonly references: Informer<SecretReference>;
  readonly sources: Informer<SecretSource>;
  readonly clusterSources: Informer<ClusterSecretSource>;
  readonly namespaces: Informer<MetadataObject>;
  readonly targets: Informer<MetadataObject>;
  readonly hosts: Informer<MetadataObject>;
  readonly serviceAccounts: Informer<MetadataObject>;
  readonly credentials: Informer<MetadataObject>;
  readonly templates: TemplateCaches<Informer<MetadataObject>>;
}
