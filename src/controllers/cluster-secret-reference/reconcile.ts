import { annotations as names } from '../../api/annotations.ts';
import {
  type ClusterSecretReference,
  clusterSecretReferenceKind,
} from '../../api/cluster-secret-reference/cluster-secret-reference.ts';
import type { ClusterSecretReferenceStatus } from '../../api/cluster-secret-reference/status.ts';
import { loopYielder } from '../../async/loop-yielder.ts';
import { mergePatch } from '../../core/merge-patch.ts';
import { splitKey } from '../../core/object-key.ts';
import type { Next, Reconcile, ReconcileRequest } from '../../runtime/reconcile.ts';
import { patchObject } from '../patch-object.ts';
import { isUsableToken } from '../secret-reference/rotation.ts';
import { type Wanted, wantedBy } from './desired.ts';
import { placeKey, wholeKey } from './generated.ts';
import { observePlace, planPlace } from './plan.ts';
import type { Ports } from './ports.ts';
import {
  eventsOf,
  notEnabled,
  refusedFor,
  type Standing,
  standingOf,
  statusAfter,
  statusRefused,
  tokenRefused,
} from './report.ts';
import { soon } from './watches.ts';
import { isWriting, write } from './write.ts';

/**
 * Two kinds of requests, so that no namespace waits for another: `/name` looks at all namespaces from the caches, asks for
 * a reconcile of each in which there is something to do, and reports; `namespace/name` makes one write there.
 */
export const clusterSecretReferenceReconciler =
  (ports: Ports): Reconcile =>
  async work => {
    const { namespace, name } = splitKey(work.key);
    const object = ports.caches.clusterReferences.get(wholeKey(name));
    // Its references go with it, by the garbage collector.
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return onChange;
    if (namespace === '') return reconcileWhole(object, ports, work);
    const wanted = wantedBy(object);
    return wanted.ok && ports.enabled ? reconcilePlace(wanted.value, namespace, ports, work) : onChange;
  };

const onChange: Next = { kind: 'on-change' };

async function reconcilePlace(
  wanted: Wanted,
  namespace: string,
  ports: Ports,
  { signal }: ReconcileRequest,
): Promise<Next> {
  const { caches, clock, enqueue, states } = ports;
  const place = placeKey(namespace, wanted.metadata.name);
  const todo = planPlace(observePlace(wanted, namespace, caches));
  const pausedUntil = states.refusal(place)?.until ?? 0;
  if (isWriting(todo) && pausedUntil > clock.steady()) return { kind: 'at', time: pausedUntil, priority: 'low' };
  const { next, refusal } = isWriting(todo)
    ? await write(todo, { wanted, namespace }, ports, signal)
    : { next: onChange };
  if (states.refusal(place)?.message !== refusal?.message) {
    states.setRefusal(place, refusal);
    enqueue(wholeKey(wanted.metadata.name), 'normal', soon(clock));
  }
  return next;
}

async function reconcileWhole(object: ClusterSecretReference, ports: Ports, work: ReconcileRequest): Promise<Next> {
  const { clock, enabled } = ports;
  const wanted = wantedBy(object);
  if (!enabled) return report(object, statusRefused(object, notEnabled, clock.wall()), ports, work);
  if (!wanted.ok) return report(object, statusRefused(object, refusedFor(wanted.fault), clock.wall()), ports, work);
  refuseToken(object, ports);
  const standings = await lookAround(wanted.value, ports);
  if (work.signal.aborted) return onChange;
  return report(object, statusAfter(object, standings, wanted.value.token, clock.wall()), ports, work);
}

/** All namespaces, in slices: there may be ten thousand. */
async function lookAround(wanted: Wanted, { caches, clock, enqueue, states }: Ports): Promise<readonly Standing[]> {
  const yieldToLoop = loopYielder(clock);
  const { name } = wanted.metadata;
  const standings: Standing[] = [];
  for (const { metadata } of [...caches.namespaces.values()]) {
    await yieldToLoop();
    const todo = planPlace(observePlace(wanted, metadata.name, caches));
    const place = placeKey(metadata.name, name);
    const refusal = states.refusal(place);
    // What was refused is tried again at a time of its own.
    if (isWriting(todo) && refusal === undefined) enqueue(place, 'normal', clock.steady());
    const standing = standingOf(metadata.name, todo, refusal);
    if (standing !== undefined && todo.kind !== 'delete') standings.push(standing);
  }
  return standings;
}

function refuseToken(object: ClusterSecretReference, { events, states }: Ports): void {
  const token = object.metadata.annotations[names.rotate] ?? '';
  if (token !== '' && !isUsableToken(token) && states.refusesToken(object.metadata.name, token))
    events.record(tokenRefused(object));
}

async function report(
  object: ClusterSecretReference,
  after: ClusterSecretReferenceStatus,
  { client, events }: Ports,
  { key, signal }: ReconcileRequest,
): Promise<Next> {
  const status = mergePatch(object.status ?? {}, after);
  if (status === undefined) return onChange;
  const { resourceVersion } = object.metadata;
  const written = await patchObject(client, clusterSecretReferenceKind, key, resourceVersion, { status }, signal);
  if (written.ok) for (const event of eventsOf(object, after)) events.record(event);
  return written.ok || written.fault === 'gone' ? onChange : { kind: 'backoff', pace: 'short' };
}
