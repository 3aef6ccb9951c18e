import { createSecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import { tunnel } from '../net/tunnel.ts';
import type { Login, TlsFacts } from './login.ts';

/** Milliseconds to connect. */
const timeoutMs = 10_000;

/**
 * Opens connections with the certificates that hold now: a kubeconfig's exec plugin may hand out new ones while the
 * operator runs. HTTP/1.1 on purpose: one connection a call lets a slow answer delay nobody else.
 */
export function connector(
  login: Login,
  certificate: 'with-certificate' | 'without-certificate',
): buildConnector.connector {
  let built: { readonly facts: TlsFacts; readonly connect: buildConnector.connector } | undefined;
  return (options, callback) => {
    const facts = login.tls();
    if (built?.facts !== facts)
      built = { facts, connect: through(login, build(facts, certificate === 'with-certificate')) };
    built.connect(options, callback);
  };
}

const through = ({ proxy }: Login, connect: buildConnector.connector): buildConnector.connector =>
  proxy ? tunnel({ proxy, connect, timeoutMs }) : connect;

function build({ ca, cert, key, serverName, insecure }: TlsFacts, withPair: boolean): buildConnector.connector {
  const pair = withPair && cert !== undefined && key !== undefined ? { cert, key } : {};
  return buildConnector({
    allowH2: false,
    timeout: timeoutMs,
    keepAliveInitialDelay: 30_000,
    rejectUnauthorized: !insecure,
    // One for all connections: otherwise each of them parses and keeps the authorities for itself.
    secureContext: createSecureContext({ ...(ca === undefined ? {} : { ca }), ...pair }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  });
}
