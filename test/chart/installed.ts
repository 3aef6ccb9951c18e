import type { Manifest } from '../scenarios/cluster.ts';
import { clusterSource } from '../scenarios/manifests.ts';
import { operatorUser } from '../scenarios/operator.ts';
import { startWorld, type World } from '../scenarios/world.ts';
import { type Release, releaseOn } from './release.ts';
import type { Values } from './render.ts';

/** A release on a cluster of its own, and the operator with its rights and flags. */
export interface Installed {
  readonly world: World;
  readonly release: Release;
  /** Whether RBAC lets the operator; `where` as in kubectl. */
  may(verb: string, resource: string, ...where: readonly string[]): Promise<boolean>;
  /** Upgrades with these values, and starts the operator as they say. */
  upgrade(values: Values): Promise<void>;
}

/** The namespaces are there before the release. */
export async function installed(values: Values, namespaces: readonly string[] = []): Promise<Installed> {
  const made = Promise.withResolvers<Release>();
  const world = await startWorld({
    defaultSource: false,
    install: async controlPlane => {
      for (const name of namespaces) await controlPlane.kubectl(['create', 'namespace', name]);
      const release = releaseOn(controlPlane);
      await release.install(values);
      made.resolve(release);
      return release.flags();
    },
  });
  const release = await made.promise;
  return {
    world,
    release,
    may: async (...asked) => {
      const answer = await world.kubectl('auth', 'can-i', ...asked, `--as=${operatorUser}`).catch(() => 'no');
      return answer.startsWith('yes');
    },
    upgrade: async next => {
      await release.upgrade(next);
      await world.operator.stop();
      await world.operator.start(await release.flags());
    },
  };
}

/** A ClusterSecretSource of the world's store. */
export const storeOf = ({ bao }: World, name: string, namespaces: object, more: object = {}): Manifest =>
  clusterSource(name, bao.address, { namespaces, ...more });
