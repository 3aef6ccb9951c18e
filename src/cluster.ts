import { labels } from './api/annotations.ts';
import { parseSecretReference, secretReferenceKind } from './api/secret-reference.ts';
import {
  clusterSecretSourceKind,
  parseClusterSecretSource,
  parseSecretSource,
  secretSourceKind,
} from './api/secret-source.ts';
import type { Watched } from './controllers/secret-reference/watches.ts';
import type { Clock } from './core/clock.ts';
import { type MetadataObject, type ObjectMeta, parseMetadataObject } from './core/object-meta.ts';
import type { MetadataObject as Kept, Reflector, Resource } from './kube/port.ts';
import { reflect } from './kube/reflect.ts';
import type { ReflectorTrouble } from './kube/reflector.ts';
import type { Transport } from './kube/transport.ts';

/** All that is watched. Secrets, ServiceAccounts and namespaces only as metadata, and Secrets only by our labels: memory depends on what is ours. */
export interface Cluster extends Watched {
  /** Runs all reflectors until the signal ends. */
  run(signal: AbortSignal): Promise<void>;
  whenSynced(): Promise<void>;
  /** Names of the resources whose first list is not complete. */
  unsynced(): readonly string[];
  /** Hands what a write left of a Secret to the caches that want it, so that the next decision sees our own write. */
  wroteTarget(metadata: ObjectMeta): void;
}

export interface ClusterPorts {
  readonly clock: Clock;
  readonly report: (resource: string, trouble: ReflectorTrouble, bug?: unknown) => void;
}

const core = (plural: string): Resource => ({ group: '', version: 'v1', plural });

export function watchCluster(transport: Transport, { clock, report }: ClusterPorts): Cluster {
  const all = new Map<string, Reflector<Kept>>();
  const watched = <T extends MetadataObject>(
    name: string,
    resource: Resource,
    parse: (raw: unknown, before: T | undefined) => T | undefined,
    labelSelector?: string,
  ): Reflector<T> => {
    const selection = {
      resource,
      metadataOnly: resource.group === '',
      ...(labelSelector === undefined ? {} : { labelSelector }),
    };
    const ports = {
      clock,
      random: Math.random,
      report: (trouble: ReflectorTrouble, bug?: unknown) => report(name, trouble, bug),
    };
    const reflector = reflect(transport, selection, parse, ports);
    all.set(name, reflector);
    return reflector;
  };
  const metadata = (name: string, plural: string, labelSelector?: string) =>
    watched(name, core(plural), parseMetadataObject, labelSelector);

  const references = watched('secretreferences', secretReferenceKind, parseSecretReference);
  const sources = watched('secretsources', secretSourceKind, parseSecretSource);
  const clusterSources = watched('clustersecretsources', clusterSecretSourceKind, parseClusterSecretSource);
  const targets = metadata('targets', 'secrets', `${labels.managed}=true`);
  const hosts = metadata('hosts', 'secrets', `${labels.merge}=allowed`);
  const credentials = metadata('credentials', 'secrets', `${labels.credential}=true`);
  const namespaces = metadata('namespaces', 'namespaces');
  const serviceAccounts = metadata('serviceaccounts', 'serviceaccounts');

  return {
    references,
    sources,
    clusterSources,
    targets,
    hosts,
    credentials,
    namespaces,
    serviceAccounts,
    run: async signal => void (await Promise.all([...all.values()].map(reflector => reflector.run(signal)))),
    whenSynced: async () => void (await Promise.all([...all.values()].map(reflector => reflector.whenSynced()))),
    unsynced: () => [...all].filter(([, reflector]) => !reflector.synced).map(([name]) => name),
    wroteTarget: metadata => {
      if (metadata.labels[labels.managed] === 'true') targets.wrote({ metadata });
      if (metadata.labels[labels.merge] === 'allowed') hosts.wrote({ metadata });
    },
  };
}
