import ipaddr from 'ipaddr.js';
import type { Result } from '../core/result.ts';
import { collect, failed, ok } from '../core/result.ts';

/** Which addresses a source may reach. Decided on the address that the connection really goes to, after resolution. */
export interface EgressRules {
  /** A SecretSource, written by a tenant, has stricter rules than a ClusterSecretSource, written by an administrator. */
  readonly namespaced: boolean;
  /** The metadata services, which know the operator's own pod and node, are open to it, by plain http as they speak. */
  readonly operatorIdentity?: boolean;
  /** Plain http too. */
  readonly allowInsecure: boolean;
  /** Opens what any rule below closes. */
  readonly allow: readonly Cidr[];
  /** Closed to namespaced sources. */
  readonly deny: readonly Cidr[];
}

/** A block of addresses, parsed. */
export type Cidr = readonly [IpAddress, number];
type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** Fails with the first text that is no CIDR; a single address is one too. */
export function parseCidrs(texts: readonly string[]): Result<readonly Cidr[], string> {
  return collect(texts.map(text => (isCidr(text) ? ok(parseCidr(text)) : failed(text))));
}

/** The rule that closes an IP address (in any spelling) to the source, in our words; undefined when it is open. */
export function closedBy(rules: EgressRules, address: string): string | undefined {
  if (!ipaddr.isValid(address)) return 'the address cannot be understood';
  const itself = ipaddr.process(address);
  if (isIn(rules.allow, itself)) return undefined;
  const embedded = embeddedAddresses(itself);
  if (rules.operatorIdentity && embedded.length === 0 && isMetadata(itself)) return undefined;
  // An allowed address opens itself only: otherwise one could embed an allowed one beside a closed one.
  return [itself, ...embedded].map(each => closingRule(rules, each)).find(rule => rule !== undefined);
}

function closingRule({ allow, deny, namespaced }: EgressRules, address: IpAddress): string | undefined {
  if (isIn(allow, address)) return undefined;
  const closed = [...closedToAll, ...(namespaced ? closedToNamespaced : [])];
  const name = closed.find(([block]) => contains(block, address))?.[1];
  if (name !== undefined) return `${name} addresses are closed to ${namespaced ? 'namespaced ' : ''}sources`;
  const denied = namespaced && isIn(deny, address);
  return denied ? 'the addresses of --deny-provider-cidrs are closed to namespaced sources' : undefined;
}

const isCidr = (text: string): boolean => ipaddr.isValidCIDR(text) || ipaddr.isValid(text);

function parseCidr(text: string): Cidr {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

const block = (name: string, ...texts: readonly string[]): readonly (readonly [Cidr, string])[] =>
  texts.map(text => [parseCidr(text), name]);

/**
 * Nobody keeps a secret store there, and the metadata services of the clouds hand out the node's own credentials.
 * So they are closed to administrators' sources as well; `--allow-provider-cidrs` opens what is really meant.
 */
const metadataServices = [
  ...block('metadata', '169.254.169.254', 'fd00:ec2::254', 'fd20:ce::254', '100.100.100.200', '192.0.0.192'),
  ...block('metadata', '168.63.129.16', 'fd00:42::42'),
  ...block('metadata', '169.254.170.23', 'fd00:ec2::23'), // the agent of EKS Pod Identity
];

const closedToAll = [
  ...metadataServices,
  ...block('link-local', '169.254.0.0/16', 'fe80::/10'),
  ...block('unspecified', '0.0.0.0/8', '::/128'),
  ...block('multicast', '224.0.0.0/4', 'ff00::/8'),
  ...block('reserved', '240.0.0.0/4'),
];

/** Loopback is the operator's own pod: a sidecar proxy there is an administrator's choice, never a tenant's. */
const closedToNamespaced = block('loopback', '127.0.0.0/8', '::1/128');

const contains = ([base, bits]: Cidr, address: IpAddress): boolean =>
  base.kind() === address.kind() && address.match(base, bits);

const isIn = (blocks: readonly Cidr[], address: IpAddress): boolean => blocks.some(block => contains(block, address));

const isMetadata = (address: IpAddress): boolean => metadataServices.some(([block]) => contains(block, address));

/** Where an IPv6 address of this kind embeds an IPv4 address: such a packet ends at the IPv4 address. */
interface Embedding {
  readonly holds: (address: IpAddress) => boolean;
  /** Four bytes of the address each. */
  readonly offsets: readonly (readonly number[])[];
  /** Teredo stores its client's address with every bit inverted. */
  readonly inverted?: true;
}

function within(cidr: string): Embedding['holds'] {
  const prefix = parseCidr(cidr);
  return address => contains(prefix, address);
}
const last = [12, 13, 14, 15];

const embeddings: readonly Embedding[] = [
  { holds: within('::/96'), offsets: [last] },
  { holds: within('::ffff:0:0:0/96'), offsets: [last] },
  { holds: within('64:ff9b::/96'), offsets: [last] },
  // Local NAT64: each network chooses the length of its prefix, and RFC 6052 has a place for each, around byte 8.
  { holds: within('64:ff9b:1::/48'), offsets: [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], last] },
  { holds: within('2002::/16'), offsets: [[2, 3, 4, 5]] },
  { holds: within('2001::/32'), offsets: [[4, 5, 6, 7]] },
  { holds: within('2001::/32'), offsets: [last], inverted: true },
  { holds: isIsatap, offsets: [last] },
];

/** By its interface identifier, `0:5efe` or `200:5efe`, under any prefix. */
function isIsatap(address: IpAddress): boolean {
  const [u, zero, ...oui] = address.toByteArray().slice(8, 12);
  return (u === 0 || u === 2) && zero === 0 && oui.join() === '94,254';
}

/** `::` and `::1` look as if they embedded 0.0.0.0 and 0.0.0.1, and do not. */
const thisNetwork = parseCidr('0.0.0.0/8');

function embeddedAddresses(address: IpAddress): readonly IpAddress[] {
  const bytes = address.toByteArray();
  const at = (offsets: readonly number[], mask: number) =>
    ipaddr.fromByteArray(offsets.map(offset => (bytes[offset] ?? 0) ^ mask));
  return embeddings
    .filter(({ holds }) => holds(address))
    .flatMap(({ offsets, inverted }) => offsets.map(each => at(each, inverted ? 0xff : 0)))
    .filter(embedded => !contains(thisNetwork, embedded));
}

/** The rule that closes the address of a source, as far as it can be told before its name is resolved. */
export function closedAddress(rules: EgressRules, url: string): string | undefined {
  const parsed = URL.parse(url);
  if (parsed === null) return 'it is no URL';
  if (!isSchemeAllowed(rules, parsed))
    return `it must begin with https:// (or the operator must run with ${insecureFlag(rules)})`;
  const host = hostOf(parsed);
  return ipaddr.isValid(host) ? closedBy(rules, host) : undefined;
}

/** Whether the scheme of a URL is open: plain http only where it is allowed, or where nothing else is spoken. */
export function isSchemeAllowed(rules: EgressRules, url: URL): boolean {
  if (url.protocol === 'https:') return true;
  return (
    url.protocol === 'http:' &&
    (rules.allowInsecure || (rules.operatorIdentity === true && isMetadataService(hostOf(url))))
  );
}

const insecureFlag = ({ namespaced }: EgressRules): string =>
  namespaced ? '--allow-insecure-namespaced-providers' : '--allow-insecure-providers';

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

const isMetadataService = (host: string): boolean => ipaddr.isValid(host) && isMetadata(ipaddr.process(host));
