import type { Fault } from '../../core/fault.ts';
import { invalid, throttled, unavailable, unusable } from '../../core/fault.ts';
import type { HttpFault } from '../../net/http.ts';

/** What it means that a store gave no answer. `store` is its name in messages: `Vault at vault.example.com:8200`. */
export function transportFault(store: string, fault: HttpFault): Fault {
  switch (fault.kind) {
    case 'egress':
      return invalid('SourceInvalid', `${store} may not be reached by this source: ${fault.rule}`);
    case 'redirect':
      return unavailable(
        `${store} redirects elsewhere, and tokens follow no redirect: name the address that answers itself`,
      );
    case 'body-too-large':
      return unusable(`${store} answered with more than may be read at once`);
    case 'no-room':
      return throttled(
        `the answer of ${store} was not read to its end: other answers for this namespace fill the memory that it may have; it is tried again`,
      );
    case 'deadline':
      return unavailable(`${store} did not answer in time`);
    case 'tls':
      return unavailable(`${store} ${tlsProblems[fault.why]}`);
    case 'network':
      return unavailable(`${store} ${networkProblems[fault.why]}`);
    case 'proxy':
      return unavailable(`${store} could not be reached: the proxy of HTTPS_PROXY ${proxyProblems[fault.why]}`);
    case 'aborted':
      return unavailable(`the call to ${store} was given up`);
    default:
      return fault satisfies never;
  }
}

const tlsProblems = {
  untrusted: 'shows a certificate that is not signed by an authority of caBundle (without one: of the system)',
  expired: 'shows a certificate that has expired or is not valid yet',
  'wrong-host': 'shows a certificate that is not made out to the host of address',
  handshake: 'does not speak TLS as it should: is the address plain http?',
} as const;

const proxyProblems = {
  unreachable: 'does not answer',
  login: 'asks for a login: write it into HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT)',
  refused: 'refused to connect: let it allow that host and port, or name the host in NO_PROXY',
} as const;

const networkProblems = {
  refused: 'refuses connections',
  reset: 'broke the connection',
  unresolved: 'cannot be found: its host name does not resolve',
  truncated: 'broke the connection in the middle of an answer',
  other: 'gave an answer that cannot be read',
} as const;
