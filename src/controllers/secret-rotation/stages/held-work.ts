import type { HeldKind, HoldEntry } from '../../../api/secret-reference/hold.ts';
import { hasEnded } from '../../../core/pod-secrets.ts';
import { ok } from '../../../core/result.ts';
import { fieldOf, textOf } from '../../../core/untyped.ts';
import type { KubeClient, KubeResult, Resource } from '../../../kube/api.ts';
import { labelSelectorOf, pagesOf } from '../../pages.ts';
import { hasFinished } from './validation-job.ts';

/** Work that runs and ends, and how each kind says that it has. */

export const heldResources: Readonly<Record<HeldKind, Resource>> = {
  SparkApplication: { group: 'sparkoperator.k8s.io', version: 'v1beta2', plural: 'sparkapplications' },
  Job: { group: 'batch', version: 'v1', plural: 'jobs' },
  Pod: { group: '', version: 'v1', plural: 'pods' },
};

/** One that has not said anything yet is about to start, and may have read the values before. */
const isOver: Readonly<Record<HeldKind, (raw: unknown) => boolean>> = {
  SparkApplication: raw => overStates.has(sparkState(raw)),
  Job: hasFinished,
  Pod: hasEnded,
};
/** A suspended application has no pods, and reads what is newest when it goes on. */
const overStates = new Set(['COMPLETED', 'FAILED', 'SUSPENDED']);
const sparkState = (raw: unknown): string =>
  textOf(fieldOf(fieldOf(fieldOf(raw, 'status'), 'applicationState'), 'state')) ?? '';

/** The API server itself leaves out the pods that have ended: of the other kinds it cannot say. */
const unended: Readonly<Partial<Record<HeldKind, { readonly fieldSelector: string }>>> = {
  Pod: { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' },
};

/** What of one entry runs. */
export interface Running {
  readonly names: readonly string[];
  /** There may be others beyond what was looked at. */
  readonly more: boolean;
  /** How many there are, whether they run or not; of pods only those that do. */
  readonly seen: number;
}

/** A SparkApplication of a page may have 10 kB. */
const pageSize = 100;
/** Work that has ended piles up. */
const mostPages = 50;

/** Page by page, until some are found that run. */
export async function runningOf(
  { kind, selector }: HoldEntry,
  namespace: string,
  client: Pick<KubeClient, 'list'>,
  signal: AbortSignal,
): Promise<KubeResult<Running>> {
  const asked = { limit: pageSize, labelSelector: labelSelectorOf(selector.matchLabels), ...unended[kind] };
  const options = { signal, priority: 'low' } as const;
  let [seen, pages] = [0, 0];
  for await (const page of pagesOf(client, heldResources[kind], namespace, asked, options)) {
    if (!page.ok) return page;
    const { items, isLast } = page.value;
    seen += items.length;
    const names = items.filter(each => !isOver[kind](each)).map(nameOf);
    if (names.length > 0 || isLast || ++pages === mostPages) return ok({ names, more: !isLast, seen });
  }
  return ok({ names: [], more: true, seen });
}

const nameOf = (raw: unknown): string => textOf(fieldOf(fieldOf(raw, 'metadata'), 'name')) ?? '';
