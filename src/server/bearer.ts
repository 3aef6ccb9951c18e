import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Verdict } from '../kube/token-reviews.ts';
import type { MakePage, Page } from './http.ts';

/** Who may have a page is asked elsewhere. */
export type Ask = (token: string) => Promise<Verdict>;

/** Milliseconds for which an answer holds: a scraper comes every few seconds, from each replica of Prometheus. */
const holdsMs = 30_000;
const mostKept = 64;
/** Reviews at a time: strangers may send any number of unknown tokens. */
const mostAsked = 4;

/** The page, for callers whose bearer token is allowed. */
export function forBearers(page: MakePage, ask: Ask, clock: Clock): MakePage {
  const kept = new Map<string, { readonly verdict: Verdict; readonly until: number }>();
  let asked = 0;
  const verdictOn = async (token: string) => {
    const key = createHash('sha256').update(token).digest('base64');
    const known = kept.get(key);
    if (known !== undefined && known.until > clock.steady()) return known.verdict;
    if (asked >= mostAsked) return 'no-answer';
    asked++;
    const verdict = await ask(token).finally(() => asked--);
    if (verdict !== 'no-answer') kept.set(key, { verdict, until: clock.steady() + holdsMs });
    for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - mostKept))) kept.delete(oldest);
    return verdict;
  };
  return async headers => {
    const token = /^Bearer +([\x21-\x7e]{1,16384})$/i.exec(headers.authorization ?? '')?.[1];
    if (token === undefined) return refusals['unknown-token'];
    const verdict = await verdictOn(token);
    return verdict === 'allowed' ? page(headers) : refusals[verdict];
  };
}

const refusals: Readonly<Record<Exclude<Verdict, 'allowed'>, Page>> = {
  'unknown-token': { status: 401, body: 'a bearer token of this cluster is needed\n' },
  forbidden: { status: 403, body: 'RBAC does not allow "get" on the nonResourceURL of this page\n' },
  'no-answer': { status: 503, body: 'the API server did not say whether you may; try again\n' },
};
