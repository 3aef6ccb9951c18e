import { defineProvider } from '../../../src/providers/index.ts';
import type { BoundProvider, Provider } from '../../../src/providers/provider.ts';
import type { ConformanceCluster } from '../../conformance/cluster.ts';
import { type Team, teams } from '../../conformance/harness.ts';
import { type Aws, type Policy, startAws } from '../../servers/aws/aws.ts';

/** An AWS account in which each team of a cluster has a role, named by the annotation of its ServiceAccount. */
export interface TeamsAccount {
  readonly aws: Aws;
  /** The spec of a source that leads there, before its `auth`. */
  readonly place: {
    readonly region: string;
    readonly endpoint: string;
    readonly stsEndpoint: string;
    readonly caBundle: Awaited<ReturnType<ConformanceCluster['caBundle']>>;
  };
}

export async function startTeamsAccount(
  cluster: ConformanceCluster,
  policyOf: (team: Team) => Policy,
): Promise<TeamsAccount> {
  const aws = await startAws(cluster);
  for (const team of teams) {
    const subject = `system:serviceaccount:${cluster.namespace(team)}:app`;
    await cluster.annotate(team, {
      'eks.amazonaws.com/role-arn': await aws.webIdentityRole(team, subject, policyOf(team)),
    });
  }
  const caBundle = await cluster.caBundle('aws-ca', aws.caBundle);
  return { aws, place: { region: aws.region, endpoint: aws.address, stsEndpoint: aws.address, caBundle } };
}

/** As a namespace logs in without a word more in its source. */
export const byAnnotation = { webIdentity: { serviceAccountRef: { name: 'app' } } };

export function bound<Spec>(provider: Provider<Spec>, spec: object): BoundProvider {
  const result = defineProvider(provider).bind(spec);
  if (!result.ok) throw new Error(result.fault.message);
  return result.value;
}
