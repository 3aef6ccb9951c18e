import type { JsonObject } from '../../../core/untyped.ts';
import type { Fields } from '../fields.ts';
import type { Findings } from '../findings.ts';

/** The store that is translated, and what its translation may say. */
export interface Store {
  readonly cluster: boolean;
  readonly name: string;
  /** Empty for a cluster store. */
  readonly namespace: string;
  readonly findings: Findings;
}

/** `spec.provider` of a source, and how remote keys are spelled differently. */
export interface TranslatedProvider {
  readonly provider: JsonObject;
  readonly key?: (key: string) => string;
}
export type TranslateProvider = (theirs: Fields, store: Store) => TranslatedProvider | undefined;

/** Leaves out what is undefined: an absent field has one form. */
export const defined = (object: Readonly<Record<string, unknown>>): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

/** Credentials of cluster sources are in the namespace of the operator, and every one carries a label. */
export function credential(ref: Fields | undefined, store: Store, defaultKey?: string): JsonObject | undefined {
  if (ref === undefined) return undefined;
  const [name, key, namespace] = [ref.text('name'), ref.text('key') ?? defaultKey, ref.text('namespace')];
  const from = namespace === undefined || namespace === store.namespace ? '' : ` from namespace ${namespace}`;
  const home = store.cluster
    ? `copy it${from} into the namespace of the operator, and `
    : from && `copy it${from}, and `;
  store.findings.note(ref.path, `Secret ${name ?? '?'}: ${home}label it shearline.dev/credential=true`);
  return defined({ name, key });
}

/** Their tokens are made for the API server when no audience is named; ours never are. */
export function serviceAccount(ref: Fields | undefined, store: Store, audience?: string): JsonObject | undefined {
  if (ref === undefined) return undefined;
  const [name, namespace, audiences] = [ref.text('name'), ref.text('namespace'), ref.texts('audiences')];
  if (store.cluster)
    store.findings.left(
      ref.path,
      `each namespace logs in with its own ServiceAccount ${name ?? '?'}, not with that of namespace ${namespace ?? 'of the reference'}: make one in each, and let the store trust it`,
    );
  if (audiences.length > 0) return defined({ name, audiences });
  if (audience === undefined) return defined({ name });
  store.findings.note(ref.path, `the token is made for the audience "${audience}": let the store expect that one`);
  return defined({ name, audiences: [audience] });
}

/** The same three ways as theirs. */
export function caBundle(theirs: Fields, store: Store): JsonObject | undefined {
  const inline = theirs.text('caBundle');
  const provider = theirs.maybe('caProvider');
  if (provider) return caFromObject(provider, store);
  return inline === undefined ? undefined : { inline: Buffer.from(inline, 'base64').toString() };
}

function caFromObject(provider: Fields, store: Store): JsonObject {
  if (provider.text('type') === 'Secret') return { secretKeyRef: credential(provider, store) };
  const [name, key, namespace] = ['name', 'key', 'namespace'].map(field => provider.text(field));
  if (store.cluster)
    store.findings.note(provider.path, `copy ConfigMap ${namespace ?? ''}/${name} into the namespace of the operator`);
  return { configMapKeyRef: defined({ name, key }) };
}
