import type { ConformanceCluster } from '../../conformance/cluster.ts';
import type { Harness } from '../../conformance/harness.ts';

type Start = (cluster: ConformanceCluster) => Promise<Harness>;

/** The test server of each provider, as its conformance tests start it; loaded when it is that provider's turn. */
export const harnesses: Readonly<Record<string, () => Promise<Start>>> = {
  vault: async () =>
    (await import('../../providers/vault/harness.ts')).withKubernetesAuth({ mount: 'secret', version: 2 }),
  awsSm: async () => (await import('../../providers/aws-sm/harness.ts')).startHarness,
  awsSsm: async () => (await import('../../providers/aws-ssm/harness.ts')).startHarness,
  gcpSm: async () => (await import('../../providers/gcp-sm/harness.ts')).startGlobal,
  azureKv: async () => (await import('../../providers/azure-kv/harness.ts')).start,
  databricks: async () => (await import('../../providers/databricks/harness.ts')).startDatabricks,
  kubernetes: async () => (await import('../../providers/kubernetes/harness.ts')).startKubernetes,
  http: async () => (await import('../../providers/http/harness.ts')).startHttp,
};
