import type { ControlPlane } from '../servers/control-plane.ts';
import type { Audits } from './audits.ts';
import type { BareClient } from './client.ts';
import type { Crew } from './crew.ts';
import type { Fleet } from './fleet.ts';
import type { Progress } from './progress.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';
import type { Timed } from './timing.ts';

/** What every phase works with. */
export interface Bench {
  readonly settings: Settings;
  readonly controlPlane: ControlPlane;
  readonly store: Store;
  readonly client: BareClient;
  readonly crew: Crew;
  readonly audits: Audits;
  /** In sync once the first phase is over. */
  readonly fleet: Fleet;
  readonly progress: Progress;
  /** What the bare client reached, once it ran. */
  readonly limits: Limits;
  /** Of values in the store: higher each time. */
  nextVersion(): number;
}

export interface Limits {
  firstSync?: Timed;
  rotation?: Timed;
  rotationOfOne?: Timed;
}
