import { accessDenied, type Fault, unusable } from '../../core/fault.ts';
import { collect, ok, type Result } from '../../core/result.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { parseBody } from '../kit/json-body.ts';
import type { ListRequest, LoginExpired } from '../provider.ts';
import { ErrorList } from './answers.ts';
import type { Checks } from './checks.ts';
import { notVault, statusFault } from './faults.ts';
import { listPath } from './keys.ts';
import { missingRule, type Store } from './store.ts';

/** One list under way, and what its steps share. */
export interface Listing {
  readonly store: Store;
  readonly checks: Checks;
  readonly request: ListRequest;
  readonly signal: AbortSignal;
}

export type Step<T> = Result<T, Fault | LoginExpired>;

const atOnce = 8;

/** The engine has nothing there. */
export const isNothing = (answer: HttpAnswer): boolean =>
  answer.status === 404 && parseBody(ErrorList, answer)?.errors.length === 0;

/** The last folder that all keys of a prefix are in: `etl/` for `etl/wa`, nothing for the root. */
export const folderOf = (prefix: string): string => prefix.slice(0, prefix.lastIndexOf('/') + 1);

/** What an answer means that is no list. Policy and a dead token answer alike. */
export async function notListed(listing: Listing, answer: HttpAnswer): Promise<Fault | LoginExpired> {
  const { store, checks, request, signal } = listing;
  const name = store.name;
  if (answer.status !== 403) return statusFault(name, answer) ?? noList(listing, answer);
  const token = await checks.token(signal);
  if (token === 'dead') return { kind: 'login-expired' };
  if (token !== 'alive') return token;
  const { prefix, tags } = request;
  const capabilities = Object.keys(tags).length > 0 ? ['list', 'read'] : ['list'];
  const policy = missingRule(store.spec, `${listPath(store.spec, folderOf(prefix))}*`, capabilities);
  return accessDenied(`${name} does not let this login list ${prefix || 'its keys'}: ${policy}`);
}

/** A mix-up of versions answers with a complaint, too. */
async function noList({ store, checks, signal }: Listing, { status }: HttpAnswer): Promise<Fault> {
  const mount = status === 200 ? 'proved' : await checks.mount(signal);
  return mount === 'proved' ? notVault(store.name, status) : mount;
}

export const tooMany = ({ store, request }: Listing, what: string): Fault =>
  unusable(`${store.name} has more than ${what}${request.prefix && ` below ${request.prefix}`}: narrow the prefix`);

/** A few at a time; the first that fails ends it. */
export async function inTurns<T, R>(
  all: readonly T[],
  ask: (each: T) => Promise<Step<R>>,
): Promise<Step<readonly R[]>> {
  const answers: R[] = [];
  for (let from = 0; from < all.length; from += atOnce) {
    const next = collect(await Promise.all(all.slice(from, from + atOnce).map(ask)));
    if (!next.ok) return next;
    for (const answer of next.value) answers.push(answer);
  }
  return ok(answers);
}
