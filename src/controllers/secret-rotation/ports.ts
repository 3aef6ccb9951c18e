import type { SecretReference } from '../../api/secret-reference/secret-reference.ts';
import type { RunResult, SecretRotation } from '../../api/secret-rotation/secret-rotation.ts';
import type { ObjectKey } from '../../core/object-key.ts';
import type { EventRecorder, Informer, Lister } from '../../kube/api.ts';
import type { StagePorts } from './stages/stage.ts';

/** All that a reconcile of a run may see and touch. */
export interface Ports extends StagePorts {
  readonly references: Lister<SecretReference>;
  readonly records: Records;
  readonly wroteRecord: (record: SecretRotation) => void;
  readonly events: EventRecorder;
  /** Told once that a run has ended, when its record says so. */
  readonly onEnd: (result: RunResult) => void;
}

/** The records, found by the reference that they name. */
export interface Records {
  of(reference: ObjectKey): readonly SecretRotation[];
}

/** What runs depend on. */
export interface Watched {
  readonly references: Informer<SecretReference>;
  /** Undefined: the operator was not told to make runs. */
  readonly rotations: Informer<SecretRotation> | undefined;
}
