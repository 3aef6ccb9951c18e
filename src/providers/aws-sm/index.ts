import { awsAnnotations, awsNeeds, checkAws } from '../aws/needs.ts';
import type { Provider } from '../provider.ts';
import { canonicalName, secretsManager } from './keys.ts';
import { AwsSmSpec } from './spec.ts';

/** AWS Secrets Manager. What talks to AWS is loaded at the first login. */
export const awsSm: Provider<AwsSmSpec> = {
  name: 'awsSm',
  docs: {
    title: secretsManager.title,
    identity:
      'IAM roles for service accounts with a token of the namespace, and on to another role; an access key; EKS Pod Identity or the instance role of the operator',
    features: 'Strings and binary, versions by stage or id, rotation, `find` by prefix, name and tags, 20 reads a call',
    limits: '64 KiB a secret; names without empty segments',
    annotations: awsAnnotations,
  },
  capabilities: ['list'],
  batch: { size: 20, takes: ({ version }) => version === undefined },
  spec: AwsSmSpec,
  needs: spec => awsNeeds(secretsManager, spec),
  check: checkAws,
  canonicalKey: canonicalName,
  login: async (spec, ports, signal) => (await import('./login.ts')).login(spec, ports, signal),
};
