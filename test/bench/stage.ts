import { type ControlPlane, startControlPlane } from '../servers/control-plane.ts';
import { readAudits } from './audits.ts';
import type { Bench } from './bench-context.ts';
import { type BareClient, connectAsAdmin } from './client.ts';
import { enlistCrew } from './crew.ts';
import { fleetOf } from './fleet.ts';
import { paths } from './objects.ts';
import { root } from './operator.ts';
import { profileFlags } from './profile.ts';
import type { Progress } from './progress.ts';
import type { Settings } from './settings.ts';
import { roleName, serviceAccountName, startStore } from './store.ts';

/** Real servers, what deploy/install.yaml brings, one source for all namespaces of the fleet, and no operator yet. */
export async function setStage(
  settings: Settings,
  outputName: string,
  progress: Progress,
  end: AsyncDisposableStack,
): Promise<Bench> {
  progress.at('control plane and OpenBao');
  const controlPlane = await startControlPlane();
  end.defer(() => controlPlane.stop());
  const store = await startStore(controlPlane);
  end.defer(() => store.stop());
  const client = await connectAsAdmin(controlPlane);
  end.defer(() => client.close());
  const fleet = fleetOf('bench', settings.size, settings.namespaces);
  progress.at('definitions, namespaces and the source');
  await install(controlPlane);
  for (const name of fleet.namespaces) await makeNamespace(client, name);
  await client.post(paths.clusterSources, clusterSource(clusterSourceName, store.bao.address));
  const profiles = settings.profile ? profileFlags(outputName) : () => [];
  const crew = await enlistCrew({ controlPlane, nodeFlags: () => [...settings.nodeFlags, ...profiles()] });
  end.defer(() => crew.stop());
  const audits = readAudits(controlPlane, store.bao, client);
  let version = 0;
  return {
    ...{ settings, controlPlane, store, client, crew, audits, fleet, progress, limits: {} },
    nextVersion: () => ++version,
  };
}

/** The Deployment stays without a pod: nothing runs pods here. */
export async function install({ kubectl }: ControlPlane): Promise<void> {
  await kubectl(['apply', '--server-side', '-f', `${root}deploy/install.yaml`]);
  await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
}

/** With the ServiceAccount that logs in to the store. */
export async function makeNamespace(client: BareClient, name: string): Promise<void> {
  await client.post(paths.namespaces, { metadata: { name, labels: served } });
  await client.post(paths.serviceAccounts(name), { metadata: { name: serviceAccountName } });
}

const served = { 'bench.shearline.dev/served': 'true' };
export const clusterSourceName = 'bench';

/** A vault at an address, entered by the Kubernetes method. */
export const vaultAt = (address: string) => ({
  vault: {
    address,
    auth: { kubernetes: { role: roleName, serviceAccountRef: { name: serviceAccountName, audiences: ['vault'] } } },
  },
});

/** For all namespaces of the bench; the one of that name is their default. */
export const clusterSource = (name: string, address: string) => ({
  apiVersion: 'shearline.dev/v1alpha1',
  kind: 'ClusterSecretSource',
  metadata: { name },
  spec: {
    default: name === clusterSourceName,
    namespaces: { selector: { matchLabels: served } },
    allowedKeys: ['{namespace}/**'],
    provider: vaultAt(address),
  },
});
