import { awsAnnotations, awsNeeds, checkAws } from '../aws/needs.ts';
import type { Provider } from '../provider.ts';
import { canonicalName, parameterStore, withoutSlash } from './keys.ts';
import { AwsSsmSpec } from './spec.ts';

/** AWS Systems Manager Parameter Store. What talks to AWS is loaded at the first login. */
export const awsSsm: Provider<AwsSsmSpec> = {
  name: 'awsSsm',
  docs: {
    title: parameterStore.title,
    identity:
      'IAM roles for service accounts with a token of the namespace, and on to another role; an access key; EKS Pod Identity or the instance role of the operator',
    features:
      'SecureString and plain parameters, versions by number or label and the `previous` one, `find` by prefix, name and tags, 10 reads a call',
    limits: '4 KiB a parameter (8 KiB in the advanced tier), text only',
    annotations: awsAnnotations,
  },
  capabilities: ['list'],
  // What AWS itself publishes, and aws/reference/secretsmanager/NAME, which is a secret of the other service.
  keyPrefixes: ['aws'],
  batch: { size: 10, takes: ({ version }) => version === undefined },
  spec: AwsSsmSpec,
  needs: spec => awsNeeds(parameterStore, spec),
  check: checkAws,
  canonicalKey: canonicalName,
  canonicalPrefix: withoutSlash,
  login: async (spec, ports, signal) => (await import('./login.ts')).login(spec, ports, signal),
};
