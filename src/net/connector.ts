import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import type { EgressRules } from './egress.ts';
import { closedBy } from './egress.ts';
import { HttpFailure } from './failure.ts';
import { type HttpProxy, isProxied } from './proxy.ts';
import type { Authorities } from './tls.ts';
import { tunnel } from './tunnel.ts';

export interface ConnectorOptions {
  readonly egress: EgressRules;
  /** When given, no other authority is trusted; otherwise the roots that come with Node. */
  readonly authorities?: Authorities;
  /** Resolves names in our place: what a name answers there is the proxy's to check. */
  readonly proxy?: HttpProxy;
  /** Milliseconds for resolution, connection and handshake. */
  readonly timeoutMs: number;
  /** Name resolution; default: the system's. */
  readonly lookup?: LookupFunction;
}

/**
 * Connects to the address that was checked: the check sits between resolution and connection, so that a name cannot
 * answer differently the second time (DNS rebinding).
 */
export function checkedConnector(options: ConnectorOptions): buildConnector.connector {
  const connect = buildConnector({
    timeout: options.timeoutMs,
    allowH2: false,
    lookup: checkedLookup(options.egress, options.lookup ?? systemLookup),
    // Said outright, because NODE_TLS_REJECT_UNAUTHORIZED would turn verification off for the whole process.
    rejectUnauthorized: true,
    // A resumed session would not look at the certificate again.
    maxCachedSessions: 0,
    // One for all connections: otherwise each of them parses and keeps the authorities for itself.
    secureContext: createSecureContext({
      // As the rest of Kubernetes has it: a bundle may hold an intermediate authority alone.
      allowPartialTrustChain: true,
      minVersion: 'TLSv1.2',
      ...(options.authorities && { ca: [...options.authorities] }),
    }),
  });
  const { proxy, timeoutMs } = options;
  const throughProxy = proxy && tunnel({ proxy, connect, timeoutMs });
  return (target, callback) => {
    const rule = isIP(target.hostname) ? closedBy(options.egress, target.hostname) : undefined;
    const reach = throughProxy && isProxied(proxy, target) ? throughProxy : connect;
    if (rule === undefined) reach(target, callback);
    else queueMicrotask(() => callback(new HttpFailure({ kind: 'egress', rule }), null));
  };
}

/** Hands on only the open addresses of a name; when all are closed, the rule that closed the first. */
function checkedLookup(rules: EgressRules, lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const addresses = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found;
      const open = addresses.filter(({ address }) => closedBy(rules, address) === undefined);
      const [first] = open;
      if (!first) return callback(new HttpFailure({ kind: 'egress', rule: firstRule(rules, addresses) }), []);
      return options.all ? callback(null, open) : callback(null, first.address, first.family);
    });
  };
}

function firstRule(rules: EgressRules, addresses: readonly { readonly address: string }[]): string {
  const [first] = addresses;
  return (first && closedBy(rules, first.address)) ?? 'the name has no address';
}
