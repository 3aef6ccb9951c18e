import { buildConnector } from 'undici';
import type { Login, TlsFacts } from './login.ts';

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
    if (built?.facts !== facts) built = { facts, connect: build(facts, certificate === 'with-certificate') };
    built.connect(options, callback);
  };
}

const build = ({ ca, cert, key, serverName, insecure }: TlsFacts, withPair: boolean): buildConnector.connector =>
  buildConnector({
    allowH2: false,
    timeout: 10_000,
    keepAliveInitialDelay: 30_000,
    rejectUnauthorized: !insecure,
    ...(ca === undefined ? {} : { ca }),
    ...(withPair && cert !== undefined ? { cert } : {}),
    ...(withPair && key !== undefined ? { key } : {}),
    ...(serverName === undefined ? {} : { servername: serverName }),
  });
