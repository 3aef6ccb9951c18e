import type { JsonObject } from '../../core/untyped.ts';
import { apiVersion } from './emit.ts';
import type { Fields } from './fields.ts';
import { aws } from './providers/aws.ts';
import { azure } from './providers/azure.ts';
import { fake } from './providers/fake.ts';
import { gcp } from './providers/gcp.ts';
import { kubernetes } from './providers/kubernetes.ts';
import { defined, type Store, type TranslatedProvider, type TranslateProvider } from './providers/store.ts';
import { vault } from './providers/vault.ts';
import { webhook } from './providers/webhook.ts';

/** SecretStore → SecretSource, ClusterSecretStore → ClusterSecretSource. */

const providers: Readonly<Record<string, TranslateProvider>> = {
  vault,
  aws,
  gcpsm: gcp,
  azurekv: azure,
  kubernetes,
  webhook,
  fake,
};

export interface TranslatedSource {
  /** Undefined when nothing of the provider could be translated. */
  readonly object: JsonObject | undefined;
  /** How keys that references name there are spelled here. */
  readonly key: (key: string) => string;
}

export function translateSource(spec: Fields, metadata: JsonObject, store: Store): TranslatedSource {
  for (const theirOwn of ['retrySettings', 'refreshInterval']) spec.raw(theirOwn); // ours retries and checks by itself
  if (spec.text('controller') !== undefined)
    store.findings.note(spec.at('controller'), 'there is one operator: --namespaces says what it serves');
  const translated = translateProvider(spec.object('provider'), store);
  if (translated === undefined) return { object: undefined, key: unchanged };
  const namespaces = store.cluster ? servedNamespaces(spec, store) : undefined;
  const allowedKeys = store.cluster && isShared(translated.provider) ? everything(spec, store) : undefined;
  return {
    object: {
      apiVersion,
      kind: store.cluster ? 'ClusterSecretSource' : 'SecretSource',
      metadata,
      spec: defined({ namespaces, allowedKeys, provider: translated.provider }),
    },
    key: translated.key ?? unchanged,
  };
}
const unchanged = (key: string): string => key;

function translateProvider(theirs: Fields, store: Store): TranslatedProvider | undefined {
  const known = Object.keys(providers).find(name => theirs.has(name));
  const translate = known === undefined ? undefined : providers[known];
  if (known !== undefined && translate) return translate(theirs.object(known), store);
  store.findings.left(theirs.path, `there is no such provider here: ${theirs.unread().join(', ') || 'none is set'}`);
  return undefined;
}

function servedNamespaces(spec: Fields, store: Store): JsonObject {
  const conditions = spec.list('conditions');
  const names = conditions.flatMap(each => each.texts('namespaces'));
  const selectors = conditions.filter(each => each.has('namespaceSelector')).map(each => each.raw('namespaceSelector'));
  const path = spec.at('conditions');
  if (conditions.some(each => each.texts('namespaceRegexes').length > 0))
    store.findings.left(path, 'namespaces are chosen by names or labels, not by a regular expression: label them');
  if (selectors.length > 1 || (selectors.length === 1 && names.length > 0))
    store.findings.left(
      path,
      'namespaces are chosen in one way: make a source for each condition, or label the namespaces',
    );
  if (names.length > 0) return { names: [...new Set(names)] };
  if (selectors.length > 0) return { selector: selectors[0] };
  if (conditions.length === 0)
    store.findings.note(path, 'every namespace may use it, as before: name those that should');
  return { all: true };
}

/** Whether all namespaces read as one: then a policy on keys is required. */
function isShared(provider: JsonObject): boolean {
  const text = JSON.stringify(provider);
  return !text.includes('"serviceAccountRef"') || text.includes('"operator"');
}

function everything(spec: Fields, store: Store): readonly string[] {
  store.findings.note(
    spec.path,
    'all namespaces read as one login: narrow allowedKeys, for example to "{namespace}/**"',
  );
  return ['**'];
}
