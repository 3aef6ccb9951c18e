import { ok } from '../core/result.ts';
import { fieldOf, listOf, textOf } from '../core/untyped.ts';
import type { CallOptions, KubeClient, KubeResult, ListPage, Resource } from '../kube/api.ts';

/** A page of a list. */
export interface Page {
  readonly items: readonly unknown[];
  readonly isLast: boolean;
}

/** Page by page, each asked for when it is wanted; a fault is the last that comes. */
export async function* pagesOf(
  client: Pick<KubeClient, 'list'>,
  resource: Resource,
  namespace: string,
  page: Omit<ListPage, 'continue'>,
  options: CallOptions,
): AsyncGenerator<KubeResult<Page>, void> {
  let from: string | undefined;
  do {
    const answer = await client.list(resource, namespace, { ...page, continue: from }, options);
    if (!answer.ok) return yield answer;
    from = textOf(fieldOf(fieldOf(answer.value, 'metadata'), 'continue')) || undefined;
    yield ok({ items: listOf(fieldOf(answer.value, 'items')), isLast: from === undefined });
  } while (from !== undefined);
}

/** `a=b,c=d`, as a list takes it. */
export const labelSelectorOf = (matchLabels: Readonly<Record<string, string>>): string =>
  Object.entries(matchLabels)
    .map(pair => pair.join('='))
    .join(',');
