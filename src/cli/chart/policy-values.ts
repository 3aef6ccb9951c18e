import * as z from 'zod';
import { kubeObject, namespaceName, onOff, section, set } from './fields.ts';

const actions = (usual: ('Deny' | 'Warn' | 'Audit')[]) =>
  set(z.array(z.enum(['Deny', 'Warn', 'Audit'])).min(1), usual, 'What happens then: Deny, or Warn and Audit.');
const where = set(
  kubeObject,
  {},
  'Only in namespaces with these labels: a selector as in a NetworkPolicy. Empty: all.',
);
const enabled = (usual: boolean) => set(onOff, usual, 'Install it.');

/** Admission policies (CEL, no webhook server): each a template of its name in charts/shearline/templates/policies. */
export const policyValues = {
  policies: section('Validating admission policies: rules that the API server itself holds, with no webhook server.', {
    operatorTokens: section('The operator mints no token that is worth anything at the API server.', {
      enabled: enabled(true),
      apiServerAudiences: set(
        z.array(z.string().min(1)),
        ['https://kubernetes.default.svc', 'https://kubernetes.default.svc.cluster.local', 'kubernetes.default.svc'],
        'Audiences of your API server: its `--api-audiences`, or its issuer. docs/security.md says how to ask.',
      ),
      allowedAudiences: set(
        z.array(z.string().min(1)),
        [],
        'Audiences of your stores: when given, no token is minted for others.',
      ),
      deniedNamespaces: set(
        z.array(namespaceName),
        ['kube-system', 'kube-public', 'kube-node-lease'],
        'Whose ServiceAccounts log in nowhere.',
      ),
      kubernetesSourceNamespaces: set(
        z.array(namespaceName),
        [],
        'Namespaces with sources of the kubernetes provider for this cluster, which needs tokens of the API server.',
      ),
    }),
    operatorSecrets: section('The operator writes only Secrets that carry its mark, or consent to Merge.', {
      enabled: enabled(true),
    }),
    operatorWorkloads: section('With rotation.enabled: of a workload the operator changes annotations only.', {
      enabled: enabled(true),
    }),
    operatorJobs: section(
      'With rotation.enabled: the operator makes only Jobs of a SecretReference, with nothing of the node.',
      {
        enabled: enabled(true),
      },
    ),
    stageRights: section(
      'With rotation.enabled: whoever writes rotation.validate.job may create Jobs, and whoever writes rotation.restart may patch such workloads.',
      { enabled: enabled(true) },
    ),
    owner: section('Every reference names who answers for it, in spec.owner.', {
      enabled: enabled(false),
      actions: actions(['Deny']),
      namespaceSelector: where,
    }),
    keyPrefix: section("Remote keys begin with the namespace's own prefix.", {
      enabled: enabled(false),
      prefixes: set(
        z.array(z.string().min(1)).min(1),
        ['{namespace}/'],
        'One of these; `{namespace}` stands for its name.',
      ),
      actions: actions(['Deny']),
      namespaceSelector: where,
    }),
    sourceUse: section('Whoever writes a reference has the RBAC verb `use` on the sources that it names.', {
      enabled: enabled(false),
      actions: actions(['Deny']),
      namespaceSelector: where,
    }),
    plaintextCredentials: section(
      'No credential in plain text in the environment of pods, workloads and SparkApplications, nor in sparkConf.',
      {
        enabled: enabled(false),
        names: set(
          z.string().min(1),
          '(?i)(passw(or)?d|passphrase|secret|token|api_?key|access_?key|private_?key|credential)',
          'What gives one away: a regular expression (RE2) on the name. The value is neither judged nor quoted.',
        ),
        actions: actions(['Warn', 'Audit']),
        namespaceSelector: where,
      },
    ),
  }),
};
