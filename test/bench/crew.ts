import type { ControlPlaneAccess } from '../servers/access.ts';
import { until } from '../servers/process.ts';
import { bundleOperator, type Operator, startOperator } from './operator.ts';

/** The operators of the bench: one that works, and others beside it while fail-over is measured. */
export interface Crew {
  /** The one that is measured. */
  readonly operator: Operator;
  /** With these flags beside the usual ones. */
  start(flags?: readonly string[]): Promise<void>;
  /** SIGTERM; the end is waited for. */
  stop(): Promise<void>;
  /** Leaves the one that is measured alone. */
  startReplica(): Promise<Operator>;
}

export interface CrewOptions {
  readonly controlPlane: ControlPlaneAccess;
  /** Flags for Node, again for each start. */
  readonly nodeFlags: () => readonly string[];
}

export async function enlistCrew({ controlPlane, nodeFlags }: CrewOptions): Promise<Crew> {
  const program = await bundleOperator(controlPlane.directory);
  let current: Operator | undefined;
  return {
    get operator() {
      if (current === undefined) throw new Error('no operator was started');
      return current;
    },
    start: async (flags = []) => {
      current = await startOperator({ controlPlane, program, flags, nodeFlags: nodeFlags() });
      await untilLeading(current);
    },
    stop: async () => {
      await current?.process.stop(20_000);
    },
    startReplica: () => startOperator({ controlPlane, program, leaderElect: true }),
  };
}

export const leads = async (operator: Operator): Promise<boolean> => (await operator.metric('shearline_leader')) === 1;
export const untilLeading = (operator: Operator): Promise<void> => until('an operator to lead', () => leads(operator));

/** Each reference has had its turn, and none waits for one. */
export async function untilVerified(operator: Operator, references: number): Promise<void> {
  const verified = async () => {
    const turns = await operator.metric('shearline_reconcile_duration_seconds_count', 'controller="secretreference"');
    return turns >= references && (await operator.metric('shearline_queue_depth')) === 0;
  };
  await until(`${references} references to be verified`, verified, 120_000);
}
