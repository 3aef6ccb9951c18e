import { labels } from '../api/annotations.ts';
import {
  type ClusterSecretReference,
  clusterSecretReferenceKind,
  parseClusterSecretReference,
} from '../api/cluster-secret-reference/cluster-secret-reference.ts';
import {
  parseSecretReference,
  type SecretReference,
  secretReferenceKind,
} from '../api/secret-reference/secret-reference.ts';
import { parseSecretRotation, secretRotationKind } from '../api/secret-rotation/secret-rotation.ts';
import {
  type ClusterSecretSource,
  clusterSecretSourceKind,
  parseClusterSecretSource,
  parseSecretSource,
  secretSourceKind,
} from '../api/secret-source/secret-source.ts';
import { ConcurrencyLimit } from '../async/concurrency-limit.ts';
import { indexGenerated } from '../controllers/cluster-secret-reference/generated.ts';
import type { Watched as WatchedByCluster } from '../controllers/cluster-secret-reference/ports.ts';
import { indexOwned, type OwnedSecrets } from '../controllers/secret-reference/nouns/owned-secrets.ts';
import type { DefaultSources, Watched } from '../controllers/secret-reference/ports.ts';
import { indexDefaults } from '../controllers/secret-reference/reads/resolve-source.ts';
import { targetsOf } from '../controllers/secret-reference/wake/predicates.ts';
import type { Watched as WatchedByRuns } from '../controllers/secret-rotation/ports.ts';
import type { Clock } from '../core/clock.ts';
import type { ObjectKey } from '../core/object-key.ts';
import {
  keepOnly,
  type MetadataObject,
  type ObjectMeta,
  parseMetadataObject,
  withoutBulk,
} from '../core/object-meta.ts';
import type { Informer, MetadataObject as Kept, Resource } from '../kube/api.ts';
import type { ApiConnections } from '../kube/connections.ts';
import { informerOf } from '../kube/http-source.ts';
import type { InformerError } from '../kube/informer.ts';
import { InformerSet, mergeInformers, polledInformer, type WatchedResource } from '../kube/informer-set.ts';
import { providers } from '../providers/index.ts';

/** What is served, and how much of it may be watched. */
export interface Scope {
  /** Empty: every namespace. */
  readonly namespaces: readonly string[];
  readonly clusterSources: boolean;
  /** Where ClusterSecretSources have their credentials and the operator's own identities. */
  readonly home: string;
  /** Otherwise each Secret is looked at when a reconcile needs it. */
  readonly watchSecrets: boolean;
  /** SecretRotations, which are made for the stages of spec.rotation. */
  readonly rotations: boolean;
}

/** All that is watched. Secrets, ServiceAccounts and namespaces only as metadata, and Secrets only by our labels: memory depends on what is ours. */
export interface Cluster
  extends Watched,
    WatchedByCluster,
    WatchedByRuns,
    Pick<InformerSet, 'run' | 'whenSynced' | 'unsynced'> {
  /** Hands what a write left of a Secret to the caches that want it, so that the next decision sees our own write. */
  wroteTarget(metadata: ObjectMeta): void;
  readonly watchesNamespaces: boolean;
  readonly servesClusterSources: boolean;
  readonly defaults: DefaultSources;
  readonly owned: OwnedSecrets;
  /** Hands what a look at a Secret found to the caches; only where Secrets are not watched. */
  readonly sawSecret: ((key: ObjectKey, secret: MetadataObject | undefined) => void) | undefined;
}

export interface ClusterPorts {
  readonly clock: Clock;
  readonly report: (place: WatchedResource, trouble: InformerError, bug?: unknown) => void;
}

/** The labels by which Secrets are selected; no others are known. */
const marks = {
  targets: [labels.managed, 'true'],
  hosts: [labels.merge, 'allowed'],
  credentials: [labels.credential, 'true'],
  templates: [labels.template, 'true'],
} as const;
type View = keyof typeof marks;
const viewNames = ['targets', 'hosts', 'credentials', 'templates'] as const;

/** Credentials are read anew at each login; targets and hosts are written from what is held of them. */
const keptOf: Readonly<Record<View, (metadata: ObjectMeta) => ObjectMeta>> = {
  targets: withoutBulk,
  hosts: withoutBulk,
  credentials: metadata => keepOnly(metadata, { labels: [labels.credential], annotations: [] }),
  templates: metadata => keepOnly(metadata, { labels: [labels.template], annotations: [] }),
};

const carries = (view: View, { labels }: ObjectMeta): boolean => labels[marks[view][0]] === marks[view][1];

interface Wanted<T> {
  readonly name: string;
  readonly resource: Resource;
  readonly parse: (raw: unknown, before: T | undefined) => T | undefined;
  readonly labelSelector?: string;
}

const references = { name: 'secretreferences', resource: secretReferenceKind, parse: parseSecretReference };
const clusterReferences = {
  name: 'clustersecretreferences',
  resource: clusterSecretReferenceKind,
  parse: parseClusterSecretReference,
};
const rotations = { name: 'secretrotations', resource: secretRotationKind, parse: parseSecretRotation };
const sources = { name: 'secretsources', resource: secretSourceKind, parse: parseSecretSource };
const clusterSources = {
  name: 'clustersecretsources',
  resource: clusterSecretSourceKind,
  parse: parseClusterSecretSource,
};
const metadata = (
  name: string,
  plural: string,
  kept: (metadata: ObjectMeta) => ObjectMeta,
): Wanted<MetadataObject> => ({
  name,
  resource: { group: '', version: 'v1', plural },
  parse: raw => {
    const object = parseMetadataObject(raw);
    return object && { metadata: kept(object.metadata) };
  },
});

const templateConfigMaps = {
  ...metadata('template-configmaps', 'configmaps', keptOf.templates),
  labelSelector: marks.templates.join('='),
};

/** What policy and logins look at. */
const ofNamespace = (metadata: ObjectMeta) => keepOnly(metadata, { annotations: [] });
const loginAnnotations = providers.flatMap(({ docs }) => Object.keys(docs.annotations ?? {}));
const ofAccount = (metadata: ObjectMeta) =>
  keepOnly(metadata, { labels: [labels.kubernetesSource], annotations: loginAnnotations });

export function watchCluster(transport: ApiConnections, scope: Scope, ports: ClusterPorts): Cluster {
  const watches = new InformerSet();
  const one = opener(transport, watches, ports);
  const everywhere = scope.namespaces.length === 0;
  const none = <T extends Kept>(): Informer<T> => mergeInformers(new Map());
  const inEach: InEach = (wanted, namespaces = scope.namespaces) =>
    everywhere ? one(wanted) : mergeInformers(new Map(namespaces.map(name => [name, one(wanted, name)])));
  const homes = scope.clusterSources ? [...new Set([...scope.namespaces, scope.home])] : scope.namespaces;
  const referring = inEach(references);
  const { saw, ...secrets } = scope.watchSecrets ? watchedSecrets(inEach, homes) : lookedUpSecrets(referring);
  const own = inEach(sources);
  const runs = scope.rotations ? inEach(rotations) : undefined;
  const shared = scope.clusterSources ? one(clusterSources) : none<ClusterSecretSource>();
  return {
    targets: secrets.targets,
    hosts: secrets.hosts,
    credentials: secrets.credentials,
    templates: { Secret: secrets.templates, ConfigMap: inEach(templateConfigMaps) },
    references: referring,
    clusterReferences: everywhere ? one(clusterReferences) : none<ClusterSecretReference>(),
    generated: indexGenerated(referring),
    sources: own,
    clusterSources: shared,
    defaults: indexDefaults(own, shared),
    owned: indexOwned(secrets.targets, secrets.hosts),
    rotations: runs,
    namespaces: everywhere ? one(metadata('namespaces', 'namespaces', ofNamespace)) : none(),
    serviceAccounts: inEach(metadata('serviceaccounts', 'serviceaccounts', ofAccount), homes),
    run: signal => watches.run(signal),
    whenSynced: () => watches.whenSynced(),
    unsynced: () => watches.unsynced(),
    watchesNamespaces: everywhere,
    servesClusterSources: scope.clusterSources,
    wroteTarget: whole => {
      const metadata = withoutBulk(whole);
      if (carries('targets', metadata)) secrets.targets.wrote({ metadata });
      if (carries('hosts', metadata)) secrets.hosts.wrote({ metadata });
    },
    sawSecret: saw,
  };
}

type Open = <T extends Kept>(wanted: Wanted<T>, namespace?: string) => Informer<T>;
type InEach = <T extends Kept>(wanted: Wanted<T>, namespaces?: readonly string[]) => Informer<T>;

/** Of all first lists together: memory depends on how many are being parsed. */
const pagesAtOnce = 4;

/** Opens a watch among the others. Of a namespace, references come last: a reconcile decides on all the rest. */
const opener = (transport: ApiConnections, watches: InformerSet, { clock, report }: ClusterPorts): Open => {
  const pages = new ConcurrencyLimit(pagesAtOnce);
  return ({ name, resource, parse, labelSelector }, namespace) => {
    const within = namespace === undefined ? {} : { namespace };
    const labelled = labelSelector === undefined ? {} : { labelSelector };
    const place = { resource: name, of: resource, ...within };
    const selection = { resource, metadataOnly: resource.group === '', ...labelled, ...within };
    const tell = (trouble: InformerError, bug?: unknown) => {
      if (trouble === 'list-forbidden') watches.refused(place);
      report(place, trouble, bug);
    };
    const informer = informerOf(transport.dedicated(), selection, parse, {
      clock,
      random: Math.random,
      pages,
      report: tell,
    });
    watches.add(place, informer, resource.plural === secretReferenceKind.plural);
    return informer;
  };
};

interface Secrets extends Readonly<Record<View, Informer<MetadataObject>>> {
  readonly saw: Cluster['sawSecret'];
}

function watchedSecrets(inEach: InEach, homes: readonly string[]): Secrets {
  const watched = (view: View, namespaces?: readonly string[]) =>
    inEach({ ...metadata(view, 'secrets', keptOf[view]), labelSelector: marks[view].join('=') }, namespaces);
  return {
    targets: watched('targets'),
    hosts: watched('hosts'),
    credentials: watched('credentials', homes),
    templates: watched('templates'),
    saw: undefined,
  };
}

/** Without a watch a deletion is not seen, so it is forgotten with the reference that named it. */
function lookedUpSecrets(references: Informer<SecretReference>): Secrets {
  const view = (name: View) => polledInformer(({ metadata }) => carries(name, metadata));
  const views = {
    targets: view('targets'),
    hosts: view('hosts'),
    credentials: view('credentials'),
    templates: view('templates'),
  };
  const saw = (key: ObjectKey, secret: MetadataObject | undefined): void => {
    for (const name of viewNames) views[name].saw(key, secret && { metadata: keptOf[name](secret.metadata) });
  };
  references.onChange(({ before, after }) => {
    const named = new Set(after && targetsOf(after));
    for (const key of before ? targetsOf(before) : []) if (!named.has(key)) saw(key, undefined);
  });
  return { ...views, saw };
}
