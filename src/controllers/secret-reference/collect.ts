import { objectKey } from '../../core/object-key.ts';
import { auditWrite } from './audit.ts';
import type { Observed } from './nouns/observed.ts';
import type { Outcome, Waiting } from './nouns/outcome.ts';
import { countReaders, type Readers } from './nouns/readers.ts';
import { expendable, type Revision } from './nouns/revisions.ts';
import { asksFrom, countedSecret } from './nouns/safe-to-revoke.ts';
import type { AlikePods } from './pods-in-use.ts';
import type { Ports } from './ports.ts';

/** What became of the revisions that are wanted no more, and who reads which. */
export interface Collected {
  /** Steady milliseconds at which it is looked again; undefined: nothing is left to go, and nobody waits. */
  readonly lookAt?: number;
  /** How many are kept because the operator may not list pods. */
  readonly unseen?: number;
  readonly readers: Readers;
}

/** Milliseconds after which it is looked again whether their pods have ended. */
const patienceMs = 5 * 60_000;
/** The same where somebody waits for SafeToRevoke since a short while. */
const impatienceMs = 60_000;

/**
 * Asks which pods read what, where a revision may go or somebody waits for SafeToRevoke, and deletes the revisions that are wanted
 * no more and that no pod refers to. Not knowing is not the same as nobody.
 */
export async function collect(
  observed: Observed,
  outcome: Outcome | Waiting,
  ports: Pick<Ports, 'api' | 'clock' | 'pods' | 'reports'>,
  signal: AbortSignal,
): Promise<Collected> {
  const { clock, pods } = ports;
  const all = expendable(observed, outcome.kind === 'synced' ? outcome.settled : undefined, clock.wall());
  const old = all.filter(({ metadata }) => metadata.name !== observed.reference.status?.target?.pinned?.name);
  const waited = waitedMs(observed, clock.wall());
  if (old.length === 0 && waited === undefined)
    // New pods are sent to the one that status names until it is written again.
    return { readers: 'not-asked', ...(all.length === 0 ? {} : { lookAt: clock.steady() + patienceMs }) };
  const found = await pods.readers(observed.namespace.name, signal);
  if (!found.ok) {
    const { why, askAgainAt } = found.fault;
    return why === 'later'
      ? { readers: 'not-asked', lookAt: askAgainAt }
      : { readers: 'forbidden', lookAt: clock.steady() + patienceMs, unseen: old.length };
  }
  const used = new Set(found.value.flatMap(({ reads }) => reads.map(({ name }) => name)));
  const free = old.filter(({ metadata }) => !used.has(metadata.name));
  const gone = await Promise.all(free.map(each => remove(each, observed, ports, signal)));
  const isLeft = free.length < all.length || gone.includes(false);
  const waits = [...(isLeft ? [patienceMs] : []), ...(isBlocked(observed, found.value) ? [patience(waited)] : [])];
  return { readers: found.value, ...(waits.length === 0 ? {} : { lookAt: clock.steady() + Math.min(...waits) }) };
}

/** For how long somebody has been waiting to hear who reads older values; undefined where nobody does. */
function waitedMs({ reference, namespace }: Observed, wallMs: number): number | undefined {
  const from = namespace.terminating ? undefined : asksFrom(reference);
  return from === undefined || wallMs < from ? undefined : wallMs - from;
}

function isBlocked({ reference: { status } }: Observed, readers: readonly AlikePods[]): boolean {
  return status !== undefined && countReaders(readers, countedSecret(status)).blockers.length > 0;
}

/** Where nobody waits, nothing is asked again; else as long again as it has lasted. */
const patience = (waited: number | undefined): number =>
  waited === undefined ? Number.POSITIVE_INFINITY : Math.min(Math.max(waited, impatienceMs), patienceMs);

/** Exactly this Secret: its bytes cannot have changed since it was seen. */
async function remove(
  { metadata: { namespace, name, uid } }: Revision,
  observed: Observed,
  { api, reports }: Pick<Ports, 'api' | 'reports'>,
  signal: AbortSignal,
): Promise<boolean> {
  const gone = await api.secrets.delete(objectKey(namespace, name), { uid }, signal);
  if (gone.ok) auditWrite({ observed, because: 'RevisionUnused', token: undefined }, name, 'deleted', reports);
  return gone.ok || gone.fault.kind === 'not-found';
}
