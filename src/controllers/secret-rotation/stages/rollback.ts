import { mapOk, ok } from '../../../core/result.ts';
import { restartAgain } from './restart.ts';
import type { Progress, Stage } from './stage.ts';

/**
 * Waits until the reference has put back what was served before, which it does because the record has come here. Then
 * what the run had restarted is restarted again, so that it reads that.
 */
export const rollback: Stage = {
  name: 'Rollback',
  isAsked: () => false,
  advance: async (run, ports, signal) => {
    const { reference, target, previous } = run;
    if (reference.status?.candidate?.state === 'RolledBack')
      return mapOk(await restartAgain(run, ports, signal), rolledBack);
    const message = `Secret ${target} gets the bytes of ${previous} back; if that takes longer, the SecretReference says why`;
    return ok({ kind: 'waiting', reason: 'RollingBack', message });
  },
};

/** The Secret is back, whatever becomes of the workloads: there is nothing to go back to from here. */
const rolledBack = (progress: Progress): Progress =>
  progress.kind === 'failed'
    ? { kind: 'passed', message: `the values before are back, but not everywhere: ${progress.message}` }
    : progress;
