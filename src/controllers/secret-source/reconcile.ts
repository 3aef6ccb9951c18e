import type { AnySecretSource } from '../../api/secret-source/secret-source.ts';
import { clusterSecretSourceKind, secretSourceKind } from '../../api/secret-source/secret-source.ts';
import type { Clock } from '../../core/clock.ts';
import { mergePatch } from '../../core/merge-patch.ts';
import { andThen, flatMap, mapOk, ok, type Result } from '../../core/result.ts';
import type { EventRecorder, KubeClient, Lister } from '../../kube/api.ts';
import { parseCaBundle } from '../../net/tls.ts';
import { type CaBundles, readCaBundle } from '../../remote/ca-bundle.ts';
import type { RemoteReader } from '../../remote/ports.ts';
import type { Next, Reconcile, ReconcileRequest } from '../../runtime/reconcile.ts';
import { patchObject } from '../patch-object.ts';
import { graceRetryMs, isYoung, mayArrive } from '../startup-grace.ts';
import type { CheckedSource, CheckSource } from './check.ts';
import { sourceEvents, sourceStatusAfter, type Usable } from './report.ts';

export interface SourcePorts {
  readonly clock: Clock;
  readonly sources: Lister<AnySecretSource>;
  readonly checkSource: CheckSource;
  readonly cluster: CaBundles;
  readonly client: KubeClient;
  readonly remote: Pick<RemoteReader, 'sawCaBundle'>;
  readonly events: EventRecorder;
}

const recheckCaMs = 10 * 60_000;

/** One reconcile of one source, of either kind: look, check, report. */
export const secretSourceReconciler =
  (ports: SourcePorts): Reconcile =>
  async work => {
    const source = ports.sources.get(work.key);
    if (source === undefined || source.metadata.deletionTimestamp !== undefined) return { kind: 'on-change' };
    const checked = ports.checkSource(source);
    const usable = await andThen(checked, value => withCaBundle(value, ports, work.signal));
    if (work.signal.aborted) return { kind: 'on-change' };
    if (bundleMayStillArrive(source, usable, ports.clock))
      return { kind: 'at', time: ports.clock.steady() + graceRetryMs, priority: work.priority };
    const written = await writeStatus(source, usable, ports, work);
    return written ? nextLook(checked, usable, ports.clock) : { kind: 'backoff', pace: 'short' };
  };

/** The provider, once the CA bundle that it asks for was read and understood. */
async function withCaBundle(
  { access }: CheckedSource,
  { cluster, remote }: SourcePorts,
  signal: AbortSignal,
): Promise<Result<Usable>> {
  const { provider } = access;
  const { caBundle } = provider.needs;
  if (caBundle === undefined) return ok(provider);
  const pem = await readCaBundle(cluster, access.homeNamespace, caBundle, signal);
  const understood = flatMap(pem, parseCaBundle);
  if (pem.ok && understood.ok) remote.sawCaBundle(access.uid, pem.value);
  return mapOk(understood, () => provider);
}

async function writeStatus(
  source: AnySecretSource,
  usable: Result<Usable>,
  { client, clock, events }: SourcePorts,
  { key, signal }: ReconcileRequest,
): Promise<boolean> {
  const after = sourceStatusAfter(source, usable, clock.wall());
  const status = mergePatch(source.status ?? {}, after);
  if (status === undefined) return true;
  const { resourceVersion } = source.metadata;
  const kind = source.kind === 'SecretSource' ? secretSourceKind : clusterSecretSourceKind;
  const written = await patchObject(client, kind, key, resourceVersion, { status }, signal);
  if (written.ok) for (const event of sourceEvents(kind, source, usable, after)) events.record(event);
  return written.ok || written.fault === 'gone';
}

/** A ConfigMap of the same file arrives a moment later, and nobody wants a warning about that. */
const bundleMayStillArrive = ({ metadata, status }: AnySecretSource, usable: Result<Usable>, clock: Clock): boolean =>
  status === undefined && !usable.ok && mayArrive(usable.fault) && isYoung(metadata, clock.wall());

/** ConfigMaps are not watched, there may be very many: a CA bundle is looked at again from time to time, and at each login. */
function nextLook(checked: Result<CheckedSource>, usable: Result<Usable>, clock: Clock): Next {
  if (!checked.ok || checked.value.access.provider.needs.caBundle === undefined) return { kind: 'on-change' };
  return usable.ok
    ? { kind: 'at', time: clock.steady() + recheckCaMs, priority: 'low' }
    : { kind: 'backoff', pace: 'long' };
}
