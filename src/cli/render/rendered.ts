import { systemTimers } from '../../async/timers.ts';
import { desire } from '../../controllers/secret-reference/desire.ts';
import type { DesiredSecret } from '../../controllers/secret-reference/nouns/desired.ts';
import { leftOutNote } from '../../controllers/secret-reference/nouns/desired.ts';
import type { Observed } from '../../controllers/secret-reference/nouns/observed.ts';
import { ReferenceStates } from '../../controllers/secret-reference/nouns/reference-state.ts';
import { observe } from '../../controllers/secret-reference/observe.ts';
import { plan } from '../../controllers/secret-reference/plan.ts';
import type { Caches, ReadTemplates } from '../../controllers/secret-reference/ports.ts';
import { sourceChecker } from '../../controllers/secret-source/check.ts';
import { systemClock } from '../../core/clock.ts';
import type { Fault } from '../../core/fault.ts';
import { type ObjectKey, splitKey } from '../../core/object-key.ts';
import { mapOk, ok } from '../../core/result.ts';
import { objectKeyOf } from '../../kube/informer.ts';
import { closedAddress } from '../../net/egress.ts';
import type { HttpProxy } from '../../net/proxy.ts';
import { parseCaBundle } from '../../net/tls.ts';
import { createProviderTransport } from '../../net/transport.ts';
import type { OpenTransport } from '../../remote/login.ts';
import type { ClusterAccess, RemoteReader } from '../../remote/ports.ts';
import { createRemoteReader } from '../../remote/reader.ts';
import { createSandbox } from '../../sandbox/sandbox.ts';

/** What an operator would do about a reference of the files. */
export type Rendered =
  | {
      readonly kind: 'secrets';
      readonly secrets: readonly DesiredSecret[];
      readonly sources: string;
      readonly note: string;
    }
  /** Nothing is to be written, and that is right: suspended, or proved to be gone and to be deleted. */
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'failed'; readonly fault: Pick<Fault, 'reason' | 'message'> };

export interface RenderOptions {
  readonly caches: Caches;
  readonly access: ClusterAccess;
  readonly proxy: HttpProxy | undefined;
  /** PEM, for sources that are the API server itself. */
  readonly clusterAuthorities?: string;
  readonly sandboxWorker: URL;
  readonly readTemplates: ReadTemplates;
}

/** The line of a reconcile without its writes, once for each reference, in the order of their keys. */
export async function renderAll(
  keys: readonly ObjectKey[],
  options: RenderOptions,
): Promise<ReadonlyMap<ObjectKey, Rendered>> {
  const remote = readerOf(options);
  const rendered = await Promise.all(keys.map(async key => [key, await renderOne(key, remote, options)] as const));
  await remote.close(AbortSignal.timeout(2000));
  return new Map(rendered);
}

async function renderOne(key: ObjectKey, remote: RemoteReader, options: RenderOptions): Promise<Rendered> {
  const { caches, sandboxWorker, readTemplates } = options;
  const clock = systemClock;
  const now = clock.steady();
  const observed = look(key, caches);
  if (observed === undefined) return { kind: 'none', why: 'it is not in the files' };
  const todo = plan(observed, { now, wall: now, requestedAt: now });
  if (todo.kind === 'refuse') return { kind: 'failed', fault: todo.fault };
  if (todo.kind === 'suspended') return { kind: 'none', why: 'it is suspended' };
  if (todo.kind !== 'sync') throw new Error(`what was never synced cannot be ${todo.kind}`);
  const sandbox = createSandbox({ entry: sandboxWorker, clock });
  const work = { priority: 'normal', readSignal: never } as const;
  const wish = await desire(observed, todo, { clock, caches, sandbox, remote, readTemplates }, work);
  if (!wish.ok) return { kind: 'failed', fault: wish.fault };
  const { desired, answers, leftOut } = wish.value;
  if (desired.kind === 'none') return { kind: 'none', why: `it would be deleted: ${desired.proof.message}` };
  const sources = [...new Set(answers.map(({ read }) => read.source.access.label))].join(', ');
  return { kind: 'secrets', secrets: desired.secrets, sources, note: leftOutNote(leftOut) };
}

/** What is known of a reference before any store is asked. */
export const look = (key: ObjectKey, caches: Caches): Observed | undefined =>
  observe(key, { caches, states: new ReferenceStates(), checkSource, startup: { startedAt: systemClock.steady() } });

/** References of the files, or those of a name. */
export const keysIn = ({ references }: Caches, name: string | undefined): readonly ObjectKey[] =>
  [...references.values()]
    .map(objectKeyOf)
    .filter(key => name === undefined || splitKey(key).name === name || key === name)
    .toSorted();

/** Whoever has enough of it ends the process. */
const never = new AbortController().signal;

/** A store of a laptop may be on the laptop itself, and without TLS. */
const open = { namespaced: false, allowInsecure: true, allow: [], deny: [] } as const;

const checkSource = sourceChecker({
  operatorNamespace: 'shearline-system',
  allowOperatorIdentity: false,
  onMachine: true,
  closedAddress: url => closedAddress(open, url),
});

/** HTTP to a store, as a command of a laptop reaches it. */
export const openStore =
  ({ proxy, clusterAuthorities }: Pick<RenderOptions, 'proxy' | 'clusterAuthorities'>): OpenTransport =>
  ({ provider }, caPem) => {
    const pem = provider.needs.serviceAccount?.audiences === 'this-cluster' ? clusterAuthorities : caPem;
    return mapOk(pem === undefined ? ok(undefined) : parseCaBundle(pem), authorities =>
      createProviderTransport({ egress: open, ...(authorities && { authorities }), ...(proxy && { proxy }) }),
    );
  };

function readerOf(options: RenderOptions): RemoteReader {
  return createRemoteReader({
    cluster: options.access,
    openTransport: openStore(options),
    clock: systemClock,
    timers: systemTimers,
    random: Math.random,
    observer: { read: () => undefined, login: () => undefined },
    onBug: thrown => {
      throw thrown;
    },
  });
}
