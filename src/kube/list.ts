import type { Answer } from './exchange.ts';
import { closedBy, type ListAnswer } from './feed.ts';
import { fieldOf, listOf, textOf } from './json.ts';

/** Objects of one page: answers of a few hundred kilobytes, parsed in a few milliseconds. */
export const pageSize = 500;

/** Reads one page of a list. */
export function listAnswerOf(answer: Answer): ListAnswer {
  if (answer.kind === 'lost') return { kind: 'failed' };
  if (answer.status === 410) return { kind: 'expired' };
  if (answer.status >= 300) {
    const { status, retryAfterMs } = answer;
    return { kind: 'failed', ...closedBy(status), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  const metadata = fieldOf(answer.body, 'metadata');
  const resourceVersion = textOf(fieldOf(metadata, 'resourceVersion'));
  const next = textOf(fieldOf(metadata, 'continue'));
  if (resourceVersion === undefined) return { kind: 'failed' };
  return { kind: 'page', items: listOf(fieldOf(answer.body, 'items')), resourceVersion, ...(next ? { next } : {}) };
}
