import * as z from 'zod';
import { flags } from '../flags.ts';
import { objectName, onOff, section, set, strings, unset } from './fields.ts';

/** Whom the operator serves, and what it may do for that. */
export const accessValues = {
  scope: section('Whom the operator serves.', {
    namespaces: set(
      flags.namespaces.takes.schema,
      [],
      'These namespaces, by Roles in each of them; they must exist. Empty: the whole cluster, by a ClusterRole.',
    ),
    clusterSources: unset(
      onOff,
      'Serve ClusterSecretSources, by a ClusterRole. null: only with the whole cluster. With `namespaces` they can choose by name only.',
    ),
    clusterReferences: set(
      onOff,
      false,
      'Serve ClusterSecretReferences: the operator may then make, change and delete SecretReferences everywhere. Only with the whole cluster.',
    ),
  }),
  driftDetection: set(
    flags['drift-detection'].takes.schema,
    'watch',
    '`watch`: a changed or deleted Secret is repaired at once. `poll`: at the next refresh, and the right to list and watch Secrets is not given.',
  ),
  pinning: section('Jobs that read one version to their last pod: delivery Pinned.', {
    enabled: set(
      onOff,
      false,
      'Admission policies that send pods with the label `shearline.dev/pinned` to one revision (Kubernetes 1.36 and later; before, such pods are refused), and the right to list pods: old revisions are deleted once no pod refers to them, and SafeToRevoke says who reads older values. Without it, all are kept, and SafeToRevoke is Unknown.',
    ),
  }),
  rotation: section(
    'Stages that a newer value passes before consumers see it: spec.rotation with approval and the like.',
    {
      enabled: set(
        onOff,
        false,
        'Allow the operator to make SecretRotations, to try values by Jobs and to restart workloads, and install the policies that say for whom: who approves has the verb `approve` on secretrotations.',
      ),
      approverDiffers: set(
        onOff,
        false,
        'Whoever asks for a rotation says who they are (annotation `shearline.dev/requested-by`), and somebody else has to approve it.',
      ),
    },
  ),
  rbac: section('What the operator, and the people of the cluster, may do.', {
    create: set(onOff, true, 'Create Roles and bindings; false if you bring your own.'),
    tokens: section('Tokens of ServiceAccounts, by which references log in to stores.', {
      create: set(onOff, true, 'Allow the operator to mint them; without, only credentials from Secrets work.'),
      serviceAccounts: set(
        z.array(objectName.min(1)),
        [],
        'Only of ServiceAccounts with these names; empty: of every one in the namespaces that are served.',
      ),
    }),
    aggregate: section('ClusterRoles for people. null: where the release serves the whole cluster.', {
      view: unset(onOff, 'Adds reading of references and sources to `view`.'),
      edit: unset(onOff, 'Adds writing of references to `edit`.'),
      admin: unset(onOff, 'Adds writing of namespaced sources to `admin`.'),
      auditor: unset(
        onOff,
        'A role of its own that reads all of ours and the events, but no Secret; part of `cluster-reader` on OpenShift.',
      ),
    }),
  }),
  serviceAccount: section('Who the operator is.', {
    create: set(onOff, true, 'Create it.'),
    name: set(objectName, '', 'Its name; default: that of the other objects, or `default` if it is not created.'),
    annotations: set(strings, {}, 'Annotations, through `tpl`: the identity of EKS, GKE or Azure.'),
    labels: set(strings, {}, 'Labels.'),
    automount: set(onOff, true, 'Mount its token into the pods; false if you mount one by `extraVolumes`.'),
  }),
};
