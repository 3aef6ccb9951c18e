import { parseSecretReference } from '../../src/api/secret-reference/secret-reference.ts';
import { parseSecretRotation } from '../../src/api/secret-rotation/secret-rotation.ts';
import { parseClusterSecretSource, parseSecretSource } from '../../src/api/secret-source/secret-source.ts';
import { indexOwned } from '../../src/controllers/secret-reference/nouns/owned-secrets.ts';
import type { Watched } from '../../src/controllers/secret-reference/ports.ts';
import { indexDefaults } from '../../src/controllers/secret-reference/reads/resolve-source.ts';
import type { ObjectKey } from '../../src/core/object-key.ts';
import { type MetadataObject, type ObjectMeta, parseMetadataObject } from '../../src/core/object-meta.ts';
import { FakeInformer } from './fake-informer.ts';
import { type Fields, fieldsOf } from './fields.ts';

type Cache = Pick<FakeInformer<never>, 'put' | 'remove'>;

/** All that the operator watches. */
export class FakeCaches implements Watched {
  readonly watchesNamespaces = true;
  servesClusterSources = true;
  readonly sawSecret = undefined;
  readonly references = new FakeInformer(parseSecretReference);
  readonly sources = new FakeInformer(parseSecretSource);
  readonly clusterSources = new FakeInformer(parseClusterSecretSource);
  readonly namespaces = new FakeInformer(parseMetadataObject);
  readonly targets = new FakeInformer(parseMetadataObject);
  readonly hosts = new FakeInformer(parseMetadataObject);
  readonly serviceAccounts = new FakeInformer(parseMetadataObject);
  readonly credentials = new FakeInformer(parseMetadataObject);
  readonly templates = {
    ConfigMap: new FakeInformer(parseMetadataObject),
    Secret: new FakeInformer(parseMetadataObject),
  };
  readonly defaults = indexDefaults(this.sources, this.clusterSources);
  readonly owned = indexOwned(this.targets, this.hosts);
  readonly rotations = new FakeInformer(parseSecretRotation);
  readonly #others: Readonly<Record<string, Cache>> = {
    secretreferences: this.references,
    secretrotations: this.rotations,
    secretsources: this.sources,
    clustersecretsources: this.clusterSources,
    namespaces: this.namespaces,
    serviceaccounts: this.serviceAccounts,
    configmaps: this.templates.ConfigMap,
  };
  /** Secrets are seen by their labels only. */
  readonly #secrets: readonly (readonly [label: string, value: string, cache: FakeInformer<MetadataObject>])[] = [
    ['shearline.dev/managed', 'true', this.targets],
    ['shearline.dev/merge', 'allowed', this.hosts],
    ['shearline.dev/credential', 'true', this.credentials],
    ['shearline.dev/template', 'true', this.templates.Secret],
  ];

  /** A change of an object, as its watch shows it; undefined for one that is gone. */
  deliver(plural: string, key: ObjectKey, object: Fields | undefined): void {
    const labels = fieldsOf(fieldsOf(object?.metadata).labels);
    const all =
      plural === 'secrets'
        ? this.#secrets.map(([label, value, cache]) => ({ cache, wants: labels[label] === value }))
        : [{ cache: this.#others[plural], wants: true }];
    for (const { cache, wants } of all) {
      if (object !== undefined && wants) cache?.put(object);
      else cache?.remove(key);
    }
  }

  wroteTarget(metadata: ObjectMeta): void {
    for (const [label, value, cache] of this.#secrets) if (metadata.labels[label] === value) cache.wrote({ metadata });
  }
}
