import type { RotationSpec } from '../../../api/secret-reference/rotation.ts';
import type { SecretReference } from '../../../api/secret-reference/secret-reference.ts';
import type { SecretRotation, StageName } from '../../../api/secret-rotation/secret-rotation.ts';
import type { Clock } from '../../../core/clock.ts';
import type { Result } from '../../../core/result.ts';
import type { KubeClient } from '../../../kube/api.ts';
import type { Checker } from './validate-http.ts';

/** One run, as a stage sees it. */
export interface Run {
  /** Its spec was parsed, and is good. */
  readonly reference: SecretReference;
  readonly record: SecretRotation;
  readonly rotation: RotationSpec;
  /** Name of the live Secret. */
  readonly target: string;
  /** Names of the revision Secrets: what is to be published, and what was served before (absent at a first value). */
  readonly candidate: string;
  readonly previous: string | undefined;
  /** Wall milliseconds at which the run came to this stage: survives a restart, as the record has it. */
  readonly since: number;
}

export type Progress =
  | { readonly kind: 'passed'; readonly message?: string }
  /** Look again not later than in so many milliseconds; without, a change of the record or the reference wakes it. */
  | {
      readonly kind: 'waiting';
      readonly reason: string;
      readonly message: string;
      readonly lookAgainMs?: number;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly message: string };

/** What a run has to pass. Nothing is remembered but in objects, so that a crash at any point changes nothing. */
export interface Stage {
  readonly name: StageName;
  /** Whether spec.rotation asks for it. */
  readonly isAsked: (rotation: RotationSpec) => boolean;
  /** Called again and again while the run is here: every effect is safe to repeat. A fault is retried with backoff. */
  readonly advance: (run: Run, ports: StagePorts, signal: AbortSignal) => Promise<Result<Progress>>;
  /** Of a stage after Publish: whether it could be done at all, asked while consumers still keep what they have. */
  readonly foresee?: (run: Run, ports: StagePorts, signal: AbortSignal) => Promise<Result<Progress>>;
  /** What is taken away when the run ends in this stage or after it (a Job that may still run). Safe to repeat. */
  readonly cleanUp?: (run: Run, ports: StagePorts, signal: AbortSignal) => Promise<Result<unknown>>;
}

/** All that a stage may touch. */
export interface StagePorts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly checker: Checker;
}
