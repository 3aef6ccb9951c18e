import { labels } from '../../api/annotations.ts';
import { type SecretReference, secretReferenceKind } from '../../api/secret-reference/secret-reference.ts';
import { parseTime } from '../../core/clock.ts';
import { mergePatch } from '../../core/merge-patch.ts';
import type { ObjectKey } from '../../core/object-key.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { patchObject } from '../patch-object.ts';
import type { Observed } from './nouns/observed.ts';
import type { Outcome, Waiting } from './nouns/outcome.ts';
import { hasRightLabel, isPinned, type Pins, pinsOf } from './nouns/pins.ts';
import type { Ports } from './ports.ts';

/**
 * What the admission policy for pinned pods decides on, beside the revision itself:
 *
 *   live Secret ─▶ list pods ─▶ status {revision: 8, pins: {spark-1: 7}} ─▶ list pods ─▶ 5 s ─▶ list pods ─▶ every 5 minutes
 *                               │◀─ the policy still sends new pods to 7 ─▶│ the lists after find who slipped through
 */

/** Milliseconds after which no API server still decides on the status of before. */
const settleMs = 5_000;
/** Milliseconds between two looks at who still runs on an older revision. */
const patienceMs = 5 * 60_000;

type PinPorts = Pick<Ports, 'api' | 'caches' | 'clock' | 'pods' | 'states'>;

/**
 * Right before status names another revision: who runs on the one before. Undefined: it names no other. A failure: nobody can
 * say now, so status has to wait.
 */
export async function pinsBefore(
  { reference, namespace }: Observed,
  outcome: Outcome | Waiting,
  { pods }: Pick<Ports, 'pods'>,
  signal: AbortSignal,
): Promise<Result<Pins | undefined, 'later'>> {
  if (outcome.kind !== 'synced' || !isPinned(reference)) return ok(undefined);
  const { target, pins = {} } = reference.status ?? {};
  const { name } = outcome.settled.metadata;
  const { revision } = outcome.settled;
  if (target?.pinned === undefined || (target.name === name && target.revision === revision)) return ok(undefined);
  const running = await pods.pinned(namespace.name, name, signal);
  if (running.ok) return ok(pinsOf(running.value, target.name === name ? pins : {}, revision));
  return running.fault === 'forbidden' ? ok(undefined) : failed('later');
}

/** After status was written: the label by which the policy chooses references, and who slipped through. Steady milliseconds of the next look. */
export async function settlePins(
  key: ObjectKey,
  moved: boolean,
  ports: PinPorts,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { caches, clock, states } = ports;
  const found = caches.references.get(key);
  if (found === undefined || found.metadata.deletionTimestamp !== undefined) return undefined;
  const reference = hasRightLabel(found) ? found : await label(key, found, ports, signal);
  if (!isPinned(reference)) return undefined;
  const now = clock.steady();
  const known = states.of(reference.metadata.uid).pins ?? {
    lookAt: isUnsettled(reference, clock.wall()) ? now : undefined,
  };
  const dueAt = moved ? now : known.lookAt;
  if (dueAt === undefined || dueAt > now || signal.aborted) return dueAt;
  const lookAt = await look(key, reference, moved, ports, signal);
  states.update(reference.metadata.uid, { pins: { lookAt } });
  return lookAt;
}

async function look(
  key: ObjectKey,
  reference: SecretReference,
  moved: boolean,
  ports: PinPorts,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { status, metadata } = reference;
  if (status?.target === undefined) return undefined;
  const { name, revision } = status.target;
  const now = ports.clock.steady();
  const running = await ports.pods.pinned(metadata.namespace, name, signal);
  if (!running.ok) return running.fault === 'forbidden' ? undefined : now + settleMs;
  const { pins: before = {}, ...others } = status;
  const pins = pinsOf(running.value, before, revision);
  const after = isEmpty(pins) ? others : { ...others, pins };
  const patch = mergePatch(status, after);
  const written =
    patch === undefined || (await write(key, { ...reference, status: after }, { status: patch }, ports, signal));
  if (moved || !written) return now + settleMs;
  return isEmpty(pins) ? undefined : now + patienceMs;
}

/** Who may have been left out by a process that ended, or still has pods. */
function isUnsettled({ status }: SecretReference, wallMs: number): boolean {
  const written = parseTime(status?.lastSyncTime ?? '');
  const isYoung = written !== undefined && wallMs - written < patienceMs && (status?.target?.revision ?? 0) > 1;
  return isYoung || !isEmpty(status?.pins ?? {});
}

async function label(
  key: ObjectKey,
  reference: SecretReference,
  ports: PinPorts,
  signal: AbortSignal,
): Promise<SecretReference> {
  const value = isPinned(reference) ? 'Pinned' : null;
  await write(key, reference, { labels: { [labels.delivery]: value } }, ports, signal);
  return ports.caches.references.get(key) ?? reference;
}

async function write(
  key: ObjectKey,
  after: SecretReference,
  patch: Parameters<typeof patchObject>[4],
  { api }: PinPorts,
  signal: AbortSignal,
): Promise<boolean> {
  const { resourceVersion } = after.metadata;
  const written = await patchObject(api.client, secretReferenceKind, key, resourceVersion, patch, signal);
  if (written.ok && written.value !== undefined) api.wroteReference({ ...after, metadata: written.value });
  return written.ok;
}

const isEmpty = (pins: Pins): boolean => Object.keys(pins).length === 0;
