import type { Installed } from './installed.ts';
import { busybox, imageOf } from './lab/images.ts';

/** What the restricted standard asks of a pod, and a root file system that nothing can be written to. */
export const restrictedPod = {
  runAsNonRoot: true,
  runAsUser: 1000,
  runAsGroup: 1000,
  fsGroup: 1000,
  seccompProfile: { type: 'RuntimeDefault' },
};
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Of a pod whose shell finds the Secret as files in /secret, and its key `password` as PASSWORD. */
export const podWith = (secretName: string, script: string, more: object = {}) => ({
  securityContext: restrictedPod,
  enableServiceLinks: false,
  automountServiceAccountToken: false,
  terminationGracePeriodSeconds: 1,
  containers: [
    {
      name: 'job',
      image: imageOf(busybox),
      command: ['sh', '-c', script],
      securityContext: restrictedContainer,
      env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: secretName, key: 'password' } } }],
      volumeMounts: [{ name: 'secret', mountPath: '/secret', readOnly: true }],
    },
  ],
  volumes: [{ name: 'secret', secret: { secretName, defaultMode: 0o440 } }],
  ...more,
});

/** Applies objects of any kind in a namespace. */
export async function apply(
  { controlPlane }: Installed,
  namespace: string,
  ...objects: readonly object[]
): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await controlPlane.kubectl(['--namespace', namespace, 'apply', '--filename', '-'], { input });
}
