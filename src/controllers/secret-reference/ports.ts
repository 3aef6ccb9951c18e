import type { Reason } from '../../api/conditions.ts';
import type { SecretReference } from '../../api/secret-reference.ts';
import type { Clock } from '../../core/clock.ts';
import type { ObjectKey } from '../../core/object-key.ts';
import type { MetadataObject, ObjectMeta } from '../../core/object-meta.ts';
import type { EventRecorder, KubeClient, Lister } from '../../kube/port.ts';
import type { Secrets } from '../../kube/secrets.ts';
import type { RemoteReader } from '../../providers/remote-reader.ts';
import type { CheckSource } from '../secret-source/check.ts';
import type { AuditRecord } from './audit.ts';
import type { Startup } from './due.ts';
import type { Memory } from './memory.ts';
import type { SourceListers } from './resolve-source.ts';

/** All that a reconcile may see and touch. */
export interface Ports extends SourceListers {
  readonly clock: Clock;
  readonly references: Lister<SecretReference>;
  readonly namespaces: Lister<MetadataObject>;
  /** False for an operator of single namespaces: it knows no more of them than their names. */
  readonly watchesNamespaces: boolean;
  /** Metadata of the Secrets that carry our label. */
  readonly targets: Lister<MetadataObject>;
  /** Metadata of the Secrets whose owner consents to Merge. */
  readonly hosts: Lister<MetadataObject>;
  readonly checkSource: CheckSource;
  readonly remote: RemoteReader;
  readonly secrets: Secrets;
  readonly client: KubeClient;
  readonly events: EventRecorder;
  readonly memory: Memory;
  readonly startup: Startup;
  /** Hands what a write to a reference left to the cache, so that the next turn decides on it. */
  readonly wroteReference: (reference: SecretReference) => void;
  /** The same for a write to a target. */
  readonly wroteTarget: (metadata: ObjectMeta) => void;
  /** Where Secrets are not watched: hands what a look at one has found to the caches. */
  readonly sawSecret: ((key: ObjectKey, secret: MetadataObject | undefined) => void) | undefined;
  /** What security asks for: who read what, and when. Absent: nobody does. */
  readonly audit?: ((record: AuditRecord) => void) | undefined;
  readonly onOutcome: (outcome: OutcomeRecord) => void;
}

/** One outcome, for the log line and the metrics: identifiers and counts, nothing that was read. */
export interface OutcomeRecord {
  readonly reference: ObjectKey;
  /** Why the turn did more than look. */
  readonly because: string;
  readonly result: 'created' | 'updated' | 'kept' | 'deleted' | 'failed' | 'suspended';
  readonly reason: Reason;
  readonly status: 'written' | 'unchanged' | 'failed';
  readonly millis: number;
}
