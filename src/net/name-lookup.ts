import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { onAbort } from '../async/deadline.ts';
import { fullNames, inHosts, parseResolvConf } from './resolv-conf.ts';

/** `none`: there is no such name. `no-answer`: nobody can tell now. */
export type Looked =
  | { readonly kind: 'found'; readonly addresses: readonly LookupAddress[]; readonly ttlMs: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'no-answer' };

export interface LookupOptions {
  /** Ends with the operator. */
  readonly signal: AbortSignal;
  /** Milliseconds for the whole search list; default 5,000. */
  readonly timeoutMs?: number;
  readonly resolvConf?: string;
  readonly hosts?: string;
  /** Instead of the name servers of resolv.conf, for tests: `127.0.0.1:5353`. */
  readonly servers?: readonly string[];
}

/**
 * Looks a name up as a pod expects it: /etc/hosts, then the search list of resolv.conf, A and AAAA. By c-ares, whose
 * questions wait side by side; libuv makes two `getaddrinfo` at a time, so two names whose server is silent stop all others.
 * c-ares in Node knows neither hosts nor search list, so both are here.
 */
export async function lookUp(name: string, options: LookupOptions): Promise<Looked> {
  const { timeoutMs = 5000, resolvConf = '/etc/resolv.conf', hosts = '/etc/hosts' } = options;
  const known = [...inHosts(await textOf(hosts), name), ...loopback(name)];
  if (known.length > 0) return { kind: 'found', addresses: known.map(withFamily), ttlMs: 0 };
  const conf = parseResolvConf(await textOf(resolvConf));
  // One for each look-up: giving up on one gives up on no other, and the cache of c-ares lasts no longer than it.
  const resolver = new Resolver({ timeout: 1000, tries: 4 });
  const servers = options.servers ?? conf.servers;
  if (servers.length > 0) resolver.setServers(servers);
  const timer = setTimeout(() => resolver.cancel(), timeoutMs);
  const forget = onAbort(options.signal, () => resolver.cancel());
  try {
    return await firstOf(fullNames(name, conf), async full =>
      options.signal.aborted ? 'silence' : await ask(resolver, full),
    );
  } finally {
    forget();
    clearTimeout(timer);
    resolver.cancel();
  }
}

/** As the C library does: a server's trouble with one name is no reason not to ask for the next; its silence is. */
async function firstOf(names: readonly string[], ask: (name: string) => Promise<Asked>): Promise<Looked> {
  let troubled = false;
  for (const name of names) {
    const answer = await ask(name);
    if (typeof answer === 'object') return { kind: 'found', ...answer };
    if (answer === 'silence') return { kind: 'no-answer' };
    if (answer === 'trouble') troubled = true;
  }
  return { kind: troubled ? 'no-answer' : 'none' };
}

type Asked = Addresses | 'none' | 'trouble' | 'silence';
interface Addresses {
  readonly addresses: readonly LookupAddress[];
  readonly ttlMs: number;
}

/** Milliseconds that the other family has when one has answered: some servers drop every question for AAAA. */
const otherFamilyMs = 300;

async function ask(resolver: Resolver, name: string): Promise<Asked> {
  const answers: Asked[] = [];
  const questions = [resolver.resolve4(name, { ttl: true }), resolver.resolve6(name, { ttl: true })];
  const asked = questions.map(async question => void answers.push(await answerOf(question)));
  await Promise.race(asked);
  const limit = answers.some(isFound) ? [pause(otherFamilyMs, undefined, { ref: false })] : [];
  await Promise.race([Promise.all(asked), ...limit]);
  const found = answers.filter(isFound);
  if (found.length === 0) return worst.find(kind => answers.includes(kind)) ?? 'none';
  const addresses = found.flatMap(each => each.addresses).toSorted((a, b) => a.family - b.family);
  return { addresses, ttlMs: Math.min(...found.map(({ ttlMs }) => ttlMs)) };
}

const worst = ['silence', 'trouble', 'none'] as const;
const isFound = (answer: Asked): answer is Addresses => typeof answer === 'object';

async function answerOf(
  question: Promise<readonly { readonly address: string; readonly ttl: number }[]>,
): Promise<Asked> {
  try {
    const records = await question;
    if (records.length === 0) return 'none';
    return {
      addresses: records.map(({ address }) => withFamily(address)),
      ttlMs: Math.min(...records.map(({ ttl }) => ttl)) * 1000,
    };
  } catch (error) {
    return kinds[codeOf(error)] ?? 'silence';
  }
}

/** A name of the search list may be too long to be one. */
const kinds: Readonly<Record<string, Asked>> = {
  ENOTFOUND: 'none',
  ENODATA: 'none',
  EBADNAME: 'none',
  EBADQUERY: 'none',
  ESERVFAIL: 'trouble',
  EREFUSED: 'trouble',
  EFORMERR: 'trouble',
  ENOTIMP: 'trouble',
  EBADRESP: 'trouble',
};

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';

const withFamily = (address: string): LookupAddress => ({ address, family: isIP(address) });

/** RFC 6761: never asked of a server. */
const loopback = (name: string): readonly string[] => (/^(.*\.)?localhost\.?$/i.test(name) ? ['127.0.0.1', '::1'] : []);

/** Neither file has to be there. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
