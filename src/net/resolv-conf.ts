import { isIP } from 'node:net';

/** What /etc/resolv.conf says of how names are looked up. */
export interface ResolvConf {
  readonly servers: readonly string[];
  /** Domains that a name may be short for, in their order. */
  readonly search: readonly string[];
  /** A name with so many dots is tried as it is first. */
  readonly ndots: number;
}

/** More than a kubelet writes; each costs two questions for a name that is nowhere. */
const maxDomains = 32;
const maxNdots = 15;

/** As resolv.conf(5) has it: the last `search` or `domain` counts, and what cannot be understood is passed over. */
export function parseResolvConf(text: string): ResolvConf {
  const lines = wordsOf(text, /[#;]/);
  const of = (name: string) => lines.filter(([first]) => first === name).map(([, ...words]) => words);
  const servers = of('nameserver').flatMap(([address]) => (address && isIP(address) !== 0 ? [address] : []));
  const domains = lines.findLast(([first]) => first === 'search' || first === 'domain')?.slice(1) ?? [];
  const search = domains.map(domain => domain.replace(/\.$/, '')).filter(Boolean);
  const ndots = of('options').flatMap(words => words.flatMap(word => /^ndots:(\d{1,3})$/.exec(word)?.[1] ?? []));
  return { servers, search: search.slice(0, maxDomains), ndots: Math.min(Number(ndots.at(-1) ?? 1), maxNdots) };
}

/** The names that a name may stand for, in the order in which they are asked for. A dot at its end says that it is whole. */
export function fullNames(name: string, { search, ndots }: Pick<ResolvConf, 'search' | 'ndots'>): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const longer = search.map(domain => `${name}.${domain}`);
  return name.split('.').length > ndots ? [name, ...longer] : [...longer, name];
}

/** The addresses that /etc/hosts gives a name. */
export function inHosts(text: string, name: string): readonly string[] {
  const wanted = name.replace(/\.$/, '').toLowerCase();
  return wordsOf(text, /#/)
    .filter(([, ...names]) => names.some(each => each.toLowerCase() === wanted))
    .flatMap(([address]) => (address && isIP(address) !== 0 ? [address] : []));
}

const wordsOf = (text: string, comment: RegExp): readonly (readonly string[])[] =>
  text.split('\n').map(line => (line.split(comment)[0] ?? '').split(/\s+/).filter(Boolean));
