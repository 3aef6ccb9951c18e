import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { failed, ok, type Result } from '../core/result.ts';
import { SecretValue } from '../core/secret-value.ts';

/** The HTTP proxy that stores are reached through, and which of them are reached without it. */
export interface HttpProxy {
  /** `http://proxy.example.com:3128`, without its login. */
  readonly origin: string;
  /** The value of Proxy-Authorization. */
  readonly authorization?: SecretValue;
  readonly bypasses: readonly Bypass[];
}

/** Whether a host (lower case, IPv6 without brackets) and port are reached directly. */
type Bypass = (host: string, port: number) => boolean;

/** A place to connect to, as undici and `URL` name it. */
export interface Endpoint {
  readonly protocol: string;
  readonly hostname: string;
  /** Empty: the one of the protocol. */
  readonly port: string;
}

const wants =
  'http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ (in percent-encoding) before HOST if the proxy wants a login';

/**
 * Parses HTTPS_PROXY and NO_PROXY as Go and curl read them; no address is no proxy. Fails with what it should be, in our
 * own words, for the address may hold a password.
 */
export function parseProxy(address: string, noProxy: string): Result<HttpProxy | undefined, string> {
  if (address === '') return ok(undefined);
  const url = URL.parse(address.includes('://') ? address : `http://${address}`);
  if (!url || !['http:', 'https:'].includes(url.protocol)) return failed(wants);
  const authorization = authorizationOf(url);
  if (!authorization.ok) return authorization;
  return ok({
    origin: url.origin,
    ...(authorization.value && { authorization: authorization.value }),
    bypasses: noProxy.split(/[,\s]/).filter(Boolean).map(parseBypass),
  });
}

function authorizationOf({ username, password }: URL): Result<SecretValue | undefined, string> {
  if (username === '') return ok(undefined);
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return ok(SecretValue.fromText(`Basic ${Buffer.from(pair).toString('base64')}`));
  } catch {
    return failed(wants);
  }
}

/** Loopback is never asked of a proxy: it would be the proxy's own. */
export function isProxied({ bypasses }: HttpProxy, { hostname, protocol, port }: Endpoint): boolean {
  const host = hostname.replace(/^\[|\]$|\.$/g, '').toLowerCase();
  return !isLoopback(host) && !bypasses.some(matches => matches(host, portOf({ protocol, port })));
}

/** The port that a connection goes to. */
export const portOf = ({ protocol, port }: Pick<Endpoint, 'protocol' | 'port'>): number =>
  port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port);

const isLoopback = (host: string): boolean =>
  host === 'localhost' ||
  host.endsWith('.localhost') ||
  (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');

/**
 * `*`; `10.0.0.0/8`; `10.1.2.3`; `example.com` with all below it; `.example.com` or `*.example.com` without itself. A host
 * or address may have a port.
 */
function parseBypass(entry: string): Bypass {
  if (entry === '*') return () => true;
  if (ipaddr.isValidCIDR(entry)) return inBlock(ipaddr.parseCIDR(entry));
  const { name, port } = splitPort(entry.toLowerCase());
  const isHost = ipaddr.isValid(name) ? isAddress(name) : isNameOrBelow(name);
  return (host, actual) => (port === undefined || port === actual) && isHost(host);
}

const inBlock =
  ([base, bits]: [ipaddr.IPv4 | ipaddr.IPv6, number]) =>
  (host: string): boolean => {
    if (!ipaddr.isValid(host)) return false;
    const address = ipaddr.process(host);
    return address.kind() === base.kind() && address.match(base, bits);
  };

const isAddress = (text: string): ((host: string) => boolean) => {
  const address = ipaddr.process(text);
  return inBlock([address, address.kind() === 'ipv4' ? 32 : 128]);
};

const isNameOrBelow = (name: string): ((host: string) => boolean) => {
  const below = name.replace(/^\*?\.?/, '.');
  return host => host === name || host.endsWith(below);
};

function splitPort(entry: string): { readonly name: string; readonly port?: number } {
  const [, name, port] = /^(.*):(\d{1,5})$/.exec(isIP(entry) === 6 ? '' : entry) ?? [];
  const host = (name ?? entry).replace(/^\[|\]$/g, '');
  return port === undefined ? { name: host } : { name: host, port: Number(port) };
}
