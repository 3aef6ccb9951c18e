import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { ok } from '../../src/core/result.ts';
import { SecretValue } from '../../src/core/secret-value.ts';
import { fullNames, inHosts, parseResolvConf } from '../../src/net/resolv-conf.ts';
import { tokenByKey } from '../../src/providers/gcp-sm/service-account-key.ts';
import { GcpSmSpec } from '../../src/providers/gcp-sm/spec.ts';
import { basicText, credentialText, tokenText } from '../../src/providers/kit/credentials.ts';
import type { ProviderPorts } from '../../src/providers/provider.ts';
import { never, reply } from '../providers/wire.ts';
import { fill, superlinear, type Text } from './growth.ts';
import { hostileAnswers } from './hostile.ts';

/** What is read before a store is asked: a Secret that serves as credential, and how names are looked up. */
const ports = (text: string): ProviderPorts => ({
  clock: systemClock,
  clusterAddress: 'https://10.96.0.1',
  http: { request: async () => reply({}) },
  token: async () => ok(SecretValue.fromText(text)),
  credential: async () => ok(SecretValue.fromText(text)),
});
const field = { name: 'login', key: 'token' };
const keyFile = (text: string): string =>
  JSON.stringify({
    type: 'service_account',
    client_email: 'reader@project.iam.gserviceaccount.com',
    private_key: text,
    private_key_id: 'id',
  });
const google = GcpSmSpec.parse({ project: 'project', auth: { serviceAccountKey: { secretRef: field } } });

interface Reader {
  readonly name: string;
  readonly run: (text: string) => unknown;
  readonly texts: readonly (readonly [name: string, text: Text])[];
}
const pieces = (...each: readonly string[]): Reader['texts'] =>
  each.map(piece => [JSON.stringify(piece), size => fill(piece, size)]);
const blanks: Reader['texts'] = [
  ...pieces(' ', '\n', 'a', ' a', 'é', '\u0000'),
  ['blanks around', size => `a${fill(' ', size)}a`],
];

const begin = '-----BEGIN PRIVATE KEY-----\n';
const end = '-----END PRIVATE KEY-----\n';

const readers: readonly Reader[] = [
  { name: 'a credential', run: text => credentialText(ports(text), field, never), texts: blanks },
  { name: 'a password', run: text => basicText(ports(text), 'etl', field, never), texts: blanks },
  { name: 'a token', run: text => tokenText(ports(text), never), texts: blanks },
  { name: 'a key file', run: text => tokenByKey(google, field, ports(text), never), texts: hostileAnswers },
  {
    name: 'the key in it',
    run: text => tokenByKey(google, field, ports(keyFile(text)), never),
    texts: pieces(begin, end, `${begin}${end}`, '-', 'A'),
  },
  {
    name: 'resolv.conf',
    run: parseResolvConf,
    texts: pieces(
      'nameserver ',
      'nameserver 10.0.0.1\n',
      'search a ',
      'search a\n',
      'options ndots:5 ',
      '#',
      ' ',
      '\n',
    ),
  },
  {
    name: 'hosts',
    run: text => inHosts(text, 'store.example'),
    texts: pieces('127.0.0.1 a\n', '127.0.0.1 ', 'store.example ', '#', ' ', '\n'),
  },
  { name: 'a name', run: text => fullNames(text, { search: ['a.b', 'b'], ndots: 5 }), texts: pieces('a.', '.', 'a') },
];

describe.each(readers)('$name takes time in proportion to its size:', ({ run, texts }) => {
  test.each(texts)('%s', async (_, text) => expect(await superlinear(run, text)).toBeUndefined());
});
