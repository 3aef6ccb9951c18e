import { awsAnnotations, awsNeeds, checkAws } from '../aws/needs.ts';
import { commandLine } from '../kit/command.ts';
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
    features:
      'Strings and binary, versions by stage (`previous` is `AWSPREVIOUS`) or id, rotation, `find` by prefix, name and tags, 20 reads a call',
    limits: '64 KiB a secret; names without empty segments',
    annotations: awsAnnotations,
  },
  capabilities: ['list'],
  batch: { size: 20, takes: ({ version }) => version === undefined },
  spec: AwsSmSpec,
  needs: spec => awsNeeds(secretsManager, spec),
  check: checkAws,
  canonicalKey: canonicalName,
  // Without its stage a version is deprecated: no stage leads to it, and the store deletes it at a time of its own.
  disableCommand: ({ region }, key, version) =>
    commandLine(
      ...['aws', 'secretsmanager', 'update-secret-version-stage', '--region', region, '--secret-id', key],
      ...['--version-stage', 'AWSPREVIOUS', '--remove-from-version-id', version],
    ),
  login: async (spec, ports, signal) => (await import('./login.ts')).login(spec, ports, signal),
};
