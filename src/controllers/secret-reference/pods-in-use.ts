import { pinnedTo } from '../../api/annotations.ts';
import type { Clock } from '../../core/clock.ts';
import { parseMetadataObject } from '../../core/object-meta.ts';
import { ownerOf } from '../../core/pod-owner.ts';
import { type PodRead, readsOfPod, startOfPod } from '../../core/pod-revisions.ts';
import { hasEnded } from '../../core/pod-secrets.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { CallOptions, KubeClient, ListPage } from '../../kube/api.ts';
import { pagesOf } from '../pages.ts';
import { type PinnedPod, pinnedPod } from './nouns/pins.ts';

/** Which Secrets pods read, asked only when a decision needs it: no pod is watched, and none is held. */
export interface PodsInUse {
  /** Those of a namespace which may still start a container. */
  readers(namespace: string, signal: AbortSignal): Promise<Result<readonly AlikePods[], NotKnown>>;
  /** Those that were pinned to a revision of that Secret and may still start a container, as they are now. */
  pinned(
    namespace: string,
    secret: string,
    signal: AbortSignal,
  ): Promise<Result<readonly PinnedPod[], NotKnown['why']>>;
}

/** Pods of one owner that read the same Secrets in the same way: all that is kept of them while they are counted. */
export interface AlikePods {
  readonly owner: string;
  readonly reads: readonly PodRead[];
  /** Of each pod: milliseconds since the epoch, undefined while nothing of it runs. */
  readonly startedAt: readonly (number | undefined)[];
}

/** Why nobody can say now: RBAC does not allow it, or it was asked just before, or the API server did not answer. */
export interface NotKnown {
  readonly why: 'forbidden' | 'later';
  /** Steady milliseconds at which it may be asked again. */
  readonly askAgainAt: number;
}

/** Milliseconds between two lists of one namespace. */
const restMs = 60_000;
/** Milliseconds in which an answer serves others: all references of a namespace ask at once after a restart. */
const freshMs = 5_000;
/** Pods of a page: an executor's is 10 kB, and a page is parsed in one go. */
const pageSize = 100;
const pods = { group: '', version: 'v1', plural: 'pods' };

interface Asked {
  readonly at: number;
  readonly answer: Promise<readonly AlikePods[] | 'forbidden' | undefined>;
}

/** Lists the pods of a namespace page by page, at most once a minute. */
export function createPodsInUse(client: Pick<KubeClient, 'list'>, clock: Clock): PodsInUse {
  const last = new Map<string, Asked>();
  return {
    readers: async (namespace, signal) => {
      const now = clock.steady();
      for (const [name, { at }] of last) if (at + restMs <= now) last.delete(name);
      const before = last.get(namespace);
      const asked = before ?? { at: now, answer: listed(client, namespace, signal) };
      last.set(namespace, asked);
      const answer = await asked.answer;
      if (before === undefined) setTimeout(() => letGo(last, namespace, asked), freshMs).unref();
      const askAgainAt = asked.at + restMs;
      if (answer === 'forbidden') return failed({ why: 'forbidden', askAgainAt });
      return answer === undefined || asked.at + freshMs < now ? failed({ why: 'later', askAgainAt }) : ok(answer);
    },
    pinned: (namespace, secret, signal) => pinned(client, namespace, secret, signal),
  };
}

/** What has been answered is held no longer than it serves others; when it was asked, until it may be asked again. */
function letGo(last: Map<string, Asked>, namespace: string, asked: Asked): void {
  if (last.get(namespace) === asked) last.set(namespace, { at: asked.at, answer: Promise.resolve(undefined) });
}

async function listed(
  client: Pick<KubeClient, 'list'>,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly AlikePods[] | 'forbidden' | undefined> {
  const alike = new Map<string, AlikePods & { readonly startedAt: (number | undefined)[] }>();
  const fault = await eachPod(client, namespace, { limit: pageSize }, { signal, priority: 'low' }, pod => {
    const reads = hasEnded(pod) ? [] : readsOfPod(pod);
    if (reads.length === 0) return;
    const owner = ownerOf(pod);
    const id = JSON.stringify([owner, reads]);
    const group = alike.get(id) ?? { owner, reads, startedAt: [] };
    group.startedAt.push(startOfPod(pod));
    alike.set(id, group);
  });
  if (fault !== undefined) return fault === 'forbidden' ? fault : undefined;
  return [...alike.values()];
}

/** Metadata of those that the label finds: few, and small. */
async function pinned(
  client: Pick<KubeClient, 'list'>,
  namespace: string,
  secret: string,
  signal: AbortSignal,
): Promise<Result<readonly PinnedPod[], NotKnown['why']>> {
  const found: PinnedPod[] = [];
  const page = {
    limit: 500,
    labelSelector: pinnedTo(secret),
    fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
  };
  const answer = await eachPod(client, namespace, page, { signal, answer: 'metadata' }, pod => {
    const metadata = parseMetadataObject(pod)?.metadata;
    const pinned = metadata && pinnedPod(metadata, secret);
    if (pinned !== undefined) found.push(pinned);
  });
  return answer === undefined ? ok(found) : failed(answer);
}

/** Undefined: all of them were seen. */
async function eachPod(
  client: Pick<KubeClient, 'list'>,
  namespace: string,
  page: ListPage,
  options: CallOptions,
  see: (pod: unknown) => void,
): Promise<NotKnown['why'] | undefined> {
  for await (const answer of pagesOf(client, pods, namespace, page, options)) {
    if (!answer.ok)
      return answer.fault.kind === 'refused' && answer.fault.cause === 'forbidden' ? 'forbidden' : 'later';
    for (const pod of answer.value.items) see(pod);
  }
  return undefined;
}
