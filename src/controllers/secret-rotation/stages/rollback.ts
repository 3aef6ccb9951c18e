import { objectKey } from '../../../core/object-key.ts';
import { parseMetadataObject } from '../../../core/object-meta.ts';
import { mapOk, ok } from '../../../core/result.ts';
import type { Resource } from '../../../kube/api.ts';
import { restartAgain } from './restart.ts';
import type { Progress, Run, Stage, StagePorts } from './stage.ts';

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
    const gone = await isGone(run, ports, signal);
    if (gone !== undefined) return ok(gone);
    const message = `Secret ${target} gets the bytes of ${previous} back; if that takes longer, the SecretReference says why`;
    return ok({ kind: 'waiting', reason: 'RollingBack', message });
  },
};

const secrets: Resource = { group: '', version: 'v1', plural: 'secrets' };

/** Somebody deleted it or made another, or has renamed the target: it is nowhere else, so the run ends with what it has published. */
async function isGone(
  { reference, target, candidate, previous = '' }: Run,
  { client }: StagePorts,
  signal: AbortSignal,
): Promise<Progress | undefined> {
  const key = objectKey(reference.metadata.namespace, previous);
  const found = await client.get(secrets, key, { signal, answer: 'metadata' });
  if (!found.ok && found.fault.kind !== 'not-found') return undefined;
  const uid = found.ok ? parseMetadataObject(found.value)?.metadata.uid : undefined;
  const wanted = reference.status?.candidate?.fromUid ?? uid;
  if (uid !== undefined && uid === wanted) return undefined;
  const message = `Secret ${key}, which was served before, is gone: Secret ${target} keeps the bytes of ${candidate}; put a good value into the store, and rotate`;
  return { kind: 'failed', reason: 'RevisionNotFound', message };
}

/** The Secret is back, whatever becomes of the workloads: there is nothing to go back to from here. */
const rolledBack = (progress: Progress): Progress =>
  progress.kind === 'failed'
    ? { kind: 'passed', message: `the values before are back, but not everywhere: ${progress.message}` }
    : progress;
