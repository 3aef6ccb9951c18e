import type { Bench } from '../bench-context.ts';
import type { Row } from '../measure.ts';

/** One part of the bench. It leaves the fleet in sync and one operator at work, as it found them. */
export interface Phase {
  readonly name: string;
  /** False for what has to be asked for by name. */
  readonly usual: boolean;
  run(bench: Bench): Promise<readonly Row[]>;
}
