import * as z from 'zod';
import { accessValues } from './access-values.ts';
import { configValues } from './config-values.ts';
import { kubeObject, objectName, onOff, optionalNamespaceName, section, set, strings, text, unset } from './fields.ts';
import { networkValues } from './network-values.ts';
import { podValues } from './pod-values.ts';
import { policyValues } from './policy-values.ts';

const naming = {
  nameOverride: set(objectName.max(63), '', 'Instead of `shearline` in names.'),
  fullnameOverride: set(objectName.max(63), '', 'The whole name of all objects; default: release and chart.'),
  namespaceOverride: set(optionalNamespaceName, '', 'Namespace of all objects; default: that of the release.'),
  commonLabels: set(strings, {}, 'Labels on every object, and on the pods.'),
};

const image = section('The image of the operator.', {
  registry: set(text, '', 'Host of the registry; `global.imageRegistry` wins.'),
  repository: set(text.min(1), 'shearline', 'Path in the registry.'),
  tag: unset(z.union([text, z.number()]), 'Tag; default: the version of the chart. Quote one that is a number.'),
  digest: set(text.regex(/^(sha256:[0-9a-f]{64})?$/), '', '`sha256:…`; wins over the tag.'),
  pullPolicy: set(z.enum(['Always', 'IfNotPresent', 'Never']), 'IfNotPresent', 'Always, IfNotPresent or Never.'),
});

/** What charts/shearline-crds takes at its root, and charts/shearline under `crds`. */
export const crdValues = {
  keep: set(
    onOff,
    true,
    'Keep them when the release is uninstalled: with them would go every reference, and every Secret that one owns.',
  ),
  annotations: set(
    strings,
    {},
    'Annotations on them, such as `argocd.argoproj.io/sync-options: ServerSideApply=true`.',
  ),
  labels: set(strings, {}, 'Labels on them.'),
};

const forParents = {
  enabled: unset(onOff, 'Not read here: for the `condition` of a chart that has this one as a dependency.'),
  global: z
    .looseObject({
      imageRegistry: set(text, '', 'A mirror of the registry, for every image.'),
      imagePullSecrets: set(z.array(z.union([text.min(1), kubeObject])), [], 'Put before `imagePullSecrets`.'),
      nodeSelector: set(strings, {}, 'Merged below `nodeSelector`.'),
    })
    .meta({ description: 'Shared with other charts of one release.' }),
};

/** Every value of charts/shearline: what values.yaml, values.schema.json and the table of its README are made from. */
export const ChartValues = z.strictObject({
  ...naming,
  image,
  imagePullSecrets: set(z.array(z.union([text.min(1), kubeObject])), [], 'Names, or objects with a `name`.'),
  crds: section('The CustomResourceDefinitions, as templates: `helm upgrade` brings the new ones.', {
    enabled: set(onOff, true, 'Install them; false if they come with `shearline-crds`.'),
    ...crdValues,
  }),
  ...accessValues,
  ...configValues,
  ...podValues,
  ...networkValues,
  ...policyValues,
  extraObjects: set(
    z.array(z.union([text, kubeObject])),
    [],
    'More objects: a map is written as it is, a string goes through `tpl` first.',
  ),
  ...forParents,
});

/** Every value of charts/shearline-crds. */
export const CrdChartValues = z.strictObject({ ...crdValues, ...forParents });
