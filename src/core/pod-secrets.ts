import { fieldOf, listOf, textOf } from './untyped.ts';

/** Which Secrets a pod refers to, by the fields that name one. A pod as the API server answers it; nothing of it is trusted. */

/** One Secret of the pod's namespace, and by which kind of field it is named. */
export interface PodSecret {
  readonly name: string;
  /** `env` is read once, when the container starts; what a volume holds moves with the Secret. */
  readonly as: 'env' | 'volume' | 'imagePullSecret';
}

/** Each Secret once a kind of field. A pod that has ended still refers to what it read. */
export function secretsOfPod(pod: unknown): readonly PodSecret[] {
  const spec = fieldOf(pod, 'spec');
  const named = (names: readonly unknown[], as: PodSecret['as']): readonly PodSecret[] =>
    [...new Set(names)].flatMap(name => (typeof name === 'string' && name !== '' ? [{ name, as }] : []));
  return [
    ...named(containersOf(spec).flatMap(namesInEnvironment), 'env'),
    ...named(listOf(fieldOf(spec, 'volumes')).flatMap(namesInVolume), 'volume'),
    ...named(
      listOf(fieldOf(spec, 'imagePullSecrets')).map(each => fieldOf(each, 'name')),
      'imagePullSecret',
    ),
  ];
}

/**
 * Names of the Secrets that a pod reads when it starts, and not again: an environment, a file that is mounted by `subPath`,
 * the login of a volume's driver. What changes in them later, a running pod does not see.
 */
export function secretsReadOnce(pod: unknown): ReadonlySet<string> {
  const spec = fieldOf(pod, 'spec');
  const copied = new Set(containersOf(spec).flatMap(volumesBySubPath));
  const names = [
    ...containersOf(spec).flatMap(namesInEnvironment),
    ...listOf(fieldOf(spec, 'volumes')).flatMap(volume => [
      ...(copied.has(fieldOf(volume, 'name')) ? namesInFiles(volume) : []),
      ...driverLoginsOf(volume),
    ]),
  ];
  return new Set(names.filter(name => typeof name === 'string'));
}

/** Whether it runs no more, nor ever will again: what it refers to is read by nobody. */
export function hasEnded(pod: unknown): boolean {
  const phase = textOf(fieldOf(fieldOf(pod, 'status'), 'phase'));
  return phase === 'Succeeded' || phase === 'Failed';
}

const containersOf = (spec: unknown): readonly unknown[] =>
  ['initContainers', 'containers', 'ephemeralContainers'].flatMap(field => listOf(fieldOf(spec, field)));

const namesInEnvironment = (container: unknown): readonly unknown[] => [
  ...listOf(fieldOf(container, 'env')).map(each => at(each, 'valueFrom', 'secretKeyRef', 'name')),
  ...listOf(fieldOf(container, 'envFrom')).map(each => at(each, 'secretRef', 'name')),
];

/** Where the kinds of volumes that a pod may name itself have the Secret with the login of their driver. */
const driverLogins = [
  ['csi', 'nodePublishSecretRef', 'name'],
  ...['cephfs', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos'].map(kind => [kind, 'secretRef', 'name']),
  ['azureFile', 'secretName'],
];

const namesInVolume = (volume: unknown): readonly unknown[] => [...namesInFiles(volume), ...driverLoginsOf(volume)];

const namesInFiles = (volume: unknown): readonly unknown[] => [
  at(volume, 'secret', 'secretName'),
  ...listOf(at(volume, 'projected', 'sources')).map(each => at(each, 'secret', 'name')),
];

const driverLoginsOf = (volume: unknown): readonly unknown[] => driverLogins.map(path => at(volume, ...path));

const volumesBySubPath = (container: unknown): readonly unknown[] =>
  listOf(fieldOf(container, 'volumeMounts'))
    .filter(mount => [fieldOf(mount, 'subPath'), fieldOf(mount, 'subPathExpr')].some(path => Boolean(path)))
    .map(mount => fieldOf(mount, 'name'));

const at = (value: unknown, ...path: readonly string[]): unknown => path.reduce(fieldOf, value);
