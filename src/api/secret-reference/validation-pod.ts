import * as z from 'zod';
import { secretsOfPod } from '../../core/pod-secrets.ts';
import { only } from '../../schema/opaque.ts';
import type { Parsed } from '../../schema/parsed.ts';
import { withRules } from '../../schema/rule.ts';
import { objectName, stringMap } from '../fields.ts';
import { labelValue, noReservedKeys, validKeys } from '../metadata-rules.ts';

/**
 * The pods of a validation: what is listed here and nothing else. No field names another namespace or anything of the node,
 * and whatever the template leaves out of the restricted standard is as that standard asks.
 */

const text = (most: number) => z.string().max(most);
const few = <S extends z.ZodType>(entry: S, most = 16) => z.array(entry).max(most);
const label = z.string().min(1).max(63);
const path = z.string().min(1).max(512);
const optional = { optional: z.boolean().exactOptional() };

const inObject = only({ name: objectName, key: z.string().min(1).max(253), ...optional });
const fromObject = only({ name: objectName, ...optional });

const Env = only({
  name: z.string().min(1).max(253),
  value: text(4096).exactOptional(),
  valueFrom: only({
    secretKeyRef: inObject.exactOptional(),
    configMapKeyRef: inObject.exactOptional(),
    fieldRef: only({ apiVersion: text(16).exactOptional(), fieldPath: text(253) }).exactOptional(),
  }).exactOptional(),
});

const EnvFrom = only({
  prefix: text(253).exactOptional(),
  secretRef: fromObject.exactOptional(),
  configMapRef: fromObject.exactOptional(),
});

const quantities = z.record(label, z.union([z.string().max(32), z.number()])).exactOptional();

/** Root, and what would let a process get more rights than it began with, are none of its business. */
const user = {
  runAsNonRoot: z.literal(true).exactOptional(),
  runAsUser: z.int().min(1).exactOptional(),
  runAsGroup: z.int().min(0).exactOptional(),
  seccompProfile: only({ type: z.literal('RuntimeDefault') }).exactOptional(),
};
const ContainerSecurity = only({
  ...user,
  privileged: z.literal(false).exactOptional(),
  allowPrivilegeEscalation: z.literal(false).exactOptional(),
  readOnlyRootFilesystem: z.boolean().exactOptional(),
  capabilities: only({ drop: few(text(32)).exactOptional() }).exactOptional(),
});
const PodSecurity = only({
  ...user,
  fsGroup: z.int().min(1).exactOptional(),
  supplementalGroups: few(z.int().min(0)).exactOptional(),
});

const Container = only({
  name: label,
  image: z.string().min(1).max(1024),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).exactOptional(),
  command: few(text(8192), 64).exactOptional(),
  args: few(text(8192), 64).exactOptional(),
  workingDir: path.exactOptional(),
  env: few(Env, 64).exactOptional(),
  envFrom: few(EnvFrom).exactOptional(),
  resources: only({ requests: quantities, limits: quantities }).exactOptional(),
  volumeMounts: few(
    only({
      name: label,
      mountPath: path,
      subPath: path.exactOptional(),
      readOnly: z.boolean().exactOptional(),
    }),
  ).exactOptional(),
  securityContext: ContainerSecurity.exactOptional(),
});

const items = few(only({ key: text(253), path, mode: z.int().min(0).max(511).exactOptional() }), 64).exactOptional();
const defaultMode = z.int().min(0).max(511).exactOptional();

const Volume = only({
  name: label,
  emptyDir: only({
    medium: z.enum(['', 'Memory']).exactOptional(),
    sizeLimit: z.union([text(32), z.number()]).exactOptional(),
  }).exactOptional(),
  configMap: only({ name: objectName, items, defaultMode, ...optional }).exactOptional(),
  secret: only({ secretName: objectName, items, defaultMode, ...optional }).exactOptional(),
});

const Toleration = only({
  key: text(317).exactOptional(),
  operator: z.enum(['Exists', 'Equal']).exactOptional(),
  value: text(63).exactOptional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).exactOptional(),
  tolerationSeconds: z.int().exactOptional(),
});

export const ValidationPod = only({
  metadata: only({
    labels: withRules(stringMap(labelValue, 16), validKeys, noReservedKeys).exactOptional(),
    annotations: withRules(stringMap(text(4096), 16), validKeys, noReservedKeys).exactOptional(),
  }).exactOptional(),
  spec: only({
    containers: few(Container, 4).min(1),
    initContainers: few(Container, 4).exactOptional(),
    volumes: few(Volume).exactOptional(),
    imagePullSecrets: few(only({ name: objectName }), 8).exactOptional(),
    serviceAccountName: objectName.exactOptional(),
    automountServiceAccountToken: z.boolean().exactOptional(),
    nodeSelector: z.record(text(317), labelValue).exactOptional(),
    tolerations: few(Toleration).exactOptional(),
    securityContext: PodSecurity.exactOptional(),
    restartPolicy: z.literal('Never').exactOptional(),
  }),
});
export type ValidationPod = Parsed<typeof ValidationPod>;

/** A template that reads the live Secret would judge the old value, and pass. */
export const readsSecret = (pod: ValidationPod, name: string): boolean =>
  secretsOfPod(pod).some(each => each.name === name && each.as !== 'imagePullSecret');
