import { fieldOf, listOf, textOf } from '../../../core/untyped.ts';

/** Why the pods of a Job do not run. Only the reasons that Kubernetes gives as words of its own are read, never a text. */
export interface PodNote {
  readonly reason: 'ImagePullFailed' | 'PodNotStarted';
  readonly message: string;
  /** Trying again cannot help. */
  readonly isFinal?: true;
  /** It may pass by itself. */
  readonly mayBeLate?: true;
}

const pull = 'check its name and imagePullSecrets of the template';
const configuration =
  'an image that runs as root needs securityContext.runAsUser in the template, and each Secret and ConfigMap that it names has to exist';

const ofContainer: Readonly<Record<string, (container: string) => PodNote>> = {
  InvalidImageName: name => imagePull(`the image of container ${name} has a name that cannot be one: ${pull}`, true),
  ErrImageNeverPull: name =>
    imagePull(`the image of container ${name} is not on the node, and may not be pulled`, true),
  ErrImagePull: name => imagePull(`the image of container ${name} cannot be pulled: ${pull}`),
  ImagePullBackOff: name => imagePull(`the image of container ${name} cannot be pulled: ${pull}`),
  ImageInspectError: name => imagePull(`the image of container ${name} cannot be read`),
  RegistryUnavailable: name => imagePull(`the registry of the image of container ${name} does not answer`),
  SignatureValidationFailed: name => imagePull(`the signature of the image of container ${name} was refused`, true),
  CreateContainerConfigError: name => notStarted(`container ${name} cannot be made: ${configuration}`),
  CreateContainerError: name => notStarted(`container ${name} cannot be made: ${configuration}`),
  RunContainerError: name => notStarted(`container ${name} cannot be started: check command of the template`),
};

const imagePull = (message: string, isFinal = false): PodNote => ({
  reason: 'ImagePullFailed',
  message,
  ...(isFinal ? { isFinal: true } : { mayBeLate: true }),
});
const notStarted = (message: string): PodNote => ({ reason: 'PodNotStarted', message, mayBeLate: true });

/** Of a list of pods, as the API server answers it. */
export function noteOfPods(list: unknown): PodNote | undefined {
  const pods = listOf(fieldOf(list, 'items'));
  if (pods.length === 0)
    return {
      reason: 'PodNotStarted',
      message:
        'it has no pod yet; if that lasts, kubectl describe of the Job shows the quota or policy that forbids it',
    };
  return pods.map(noteOfPod).find(note => note !== undefined);
}

function noteOfPod(pod: unknown): PodNote | undefined {
  const status = fieldOf(pod, 'status');
  const containers = ['initContainerStatuses', 'containerStatuses'].flatMap(field => listOf(fieldOf(status, field)));
  const notes = containers.map(each => {
    const reason = textOf(fieldOf(fieldOf(fieldOf(each, 'state'), 'waiting'), 'reason')) ?? '';
    return Object.hasOwn(ofContainer, reason) ? ofContainer[reason]?.(textOf(fieldOf(each, 'name')) ?? '') : undefined;
  });
  return notes.find(note => note !== undefined) ?? unscheduled(status);
}

const unscheduled = (status: unknown): PodNote | undefined =>
  listOf(fieldOf(status, 'conditions')).some(
    each => textOf(fieldOf(each, 'type')) === 'PodScheduled' && textOf(fieldOf(each, 'reason')) === 'Unschedulable',
  )
    ? {
        reason: 'PodNotStarted',
        message: 'no node takes its pod: check resources, nodeSelector and tolerations of the template',
      }
    : undefined;
