import { invalidSpec } from '../../core/fault.ts';
import { failed, mapOk, type Result } from '../../core/result.ts';
import { checkKey } from '../kit/plain-key.ts';
import type { Needs, Provider } from '../provider.ts';
import { HttpSpec } from './spec.ts';
import { parseTemplate } from './template.ts';

/** Any API that answers a GET of a templated URL. */
export const http: Provider<HttpSpec> = {
  name: 'http',
  docs: {
    title: 'Any HTTP API',
    identity: 'A token of a ServiceAccount of the namespace; a token, password or header from a Secret; none',
    features: 'JSON by pointer, or raw bytes; versions, if the API has them',
    limits: 'Only GET; no `find`; absence only where the source says how the API tells it',
  },
  capabilities: [],
  spec: HttpSpec,
  needs,
  check,
  canonicalKey: (_spec, key) => checkKey(key),
  login: async (spec, ports, signal) => (await import('./login.ts')).login(spec, ports, signal),
};

function needs({ url, auth, headers, caBundle }: HttpSpec): Needs {
  const secrets = [...headers.map(({ secretRef }) => secretRef), auth?.bearer?.secretRef, auth?.basic?.passwordRef];
  return {
    addresses: [/^https?:\/\/[^/]*/.exec(url)?.[0] ?? url],
    ...(auth?.serviceAccountRef && { serviceAccount: auth.serviceAccountRef }),
    ...(caBundle && { caBundle }),
    credentials: secrets.filter(secret => secret !== undefined),
  };
}

function check(spec: HttpSpec): Result<HttpSpec> {
  const names = spec.headers.map(({ name }) => name.toLowerCase());
  const taken = names.find(name => reserved.includes(name));
  if (taken !== undefined) return failed(invalidSpec(`headers: ${taken} belongs to the connection`));
  if (new Set(names).size < names.length) return failed(invalidSpec('headers: a name stands there twice'));
  return mapOk(parseTemplate(spec.url), () => spec);
}

/** They say how the request itself is sent; a second opinion on that would smuggle another request. */
const reserved = [
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'keep-alive',
  'expect',
  'accept-encoding',
];
