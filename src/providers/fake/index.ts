import { absent, unusable } from '../../core/fault.ts';
import { failed, ok } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import { checkKey } from '../kit/plain-key.ts';
import type { ListAnswer, ListRequest, Provider, ProviderSession, ReadAnswer, ReadRequest } from '../provider.ts';
import { FakeSpec } from './spec.ts';

/** Values that stand in the source itself. */
export const fake: Provider<FakeSpec> = {
  name: 'fake',
  docs: {
    title: 'Values in the source itself (tests)',
    identity: 'None; in a cluster only with `--allow-insecure-providers`',
    features: 'Versions, `find` by prefix, name and tags; no store is needed',
    limits: 'Text only; whoever can read the source has the values',
  },
  capabilities: ['list'],
  spec: FakeSpec,
  needs: () => ({ addresses: [], credentials: [], insecure: 'spec' }),
  check: spec => {
    const wrong = spec.data.map(({ key }) => checkKey(key)).find(key => !key.ok);
    return wrong === undefined || wrong.ok ? ok(spec) : wrong;
  },
  canonicalKey: (_spec, key) => checkKey(key),
  login: async spec => ok(sessionOf(spec)),
};

const sessionOf = (spec: FakeSpec): ProviderSession => ({
  read: async request => read(spec, request),
  list: async request => list(spec, request),
  close: async () => undefined,
});

/** The last entry of a key is its newest version. */
function read({ data }: FakeSpec, { key, version }: ReadRequest): ReadAnswer {
  const known = data.filter(entry => entry.key === key);
  const found = known.findLast(entry => version === undefined || entry.version === version);
  if (known.length === 0) return failed(absent('KeyNotFound', `spec.provider.fake has no ${key}`));
  if (found === undefined) return failed(absent('VersionNotFound', `spec.provider.fake has no such version of ${key}`));
  const value = SecretValue.fromText(found.value ?? JSON.stringify(found.valueMap));
  return ok(found.version === undefined ? { value } : { value, version: found.version });
}

function list({ data }: FakeSpec, { prefix, tags, limit }: ListRequest): ListAnswer {
  const newest = new Map(data.map(entry => [entry.key, entry]));
  const isTagged = (own: Readonly<Record<string, string>> = {}): boolean =>
    Object.entries(tags).every(([name, text]) => Object.hasOwn(own, name) && own[name] === text);
  const found = [...newest.values()].filter(each => isTagged(each.tags)).map(({ key }) => key);
  return within(
    limit,
    found.filter(key => key.startsWith(prefix)),
  );
}

function within(limit: number, found: readonly string[]): ListAnswer {
  if (found.length <= limit) return ok(found);
  return failed(unusable(`spec.provider.fake has more than ${limit} such keys: narrow find.prefix`));
}
