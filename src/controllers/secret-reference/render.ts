import { labels as labelNames, annotations as names } from '../../api/annotations.ts';
import { type SecretReferenceSpec, secretReferenceKind } from '../../api/secret-reference/secret-reference.ts';
import { tooLarge, unusable } from '../../core/fault.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';
import { failed, flatMap, ok, type Result } from '../../core/result.ts';
import type { SecretValue } from '../../core/secret-value.ts';
import { ownerReferenceTo } from '../owner-reference.ts';
import { bytesOf, type Desired, type DesiredSecret, type Material } from './nouns/desired.ts';
import { managedMetadata, ownerMark } from './nouns/target-marks.ts';
import { shapeFault } from './secret-types/secret-types.ts';
import { certificateExpiry } from './secret-types/tls-pair.ts';

/** What the API server takes in one Secret (`MaxSecretSize` in k8s.io/api/core/v1). */
const maxBytes = 1024 * 1024;

export function render(
  reference: ObjectMeta,
  targetName: string,
  spec: SecretReferenceSpec,
  material: Material,
): Result<Desired> {
  const { missing, allGone } = material;
  if (missing !== undefined)
    return allGone && spec.target.deletionPolicy === 'Delete' ? ok({ kind: 'none', proof: missing }) : failed(missing);
  return flatMap(checkedData(targetName, spec.target.type, material.data), data =>
    ok({ kind: 'secrets', secrets: [targetOf(reference, targetName, withMetadata(spec.target, material), data)] }),
  );
}

/** What a template made wins over what the spec says beside it. */
const withMetadata = (target: SecretReferenceSpec['target'], { labels, annotations }: Material) => ({
  ...target,
  labels: { ...target.labels, ...labels },
  annotations: { ...target.annotations, ...annotations },
});

/** The target, from the spec and what it is to hold. */
export const targetOf = (
  reference: ObjectMeta,
  name: string,
  target: SecretReferenceSpec['target'],
  data: DesiredSecret['data'],
): DesiredSecret => ({
  name,
  namespace: reference.namespace,
  type: target.type,
  immutable: target.immutable,
  adopt: target.adopt,
  data,
  labels: { ...target.labels, [labelNames.managed]: 'true' },
  annotations: {
    ...target.annotations,
    [names.owner]: ownerMark(reference),
    ...expiry(target.type, data),
    ...managedMetadata(target.labels, target.annotations),
  },
  ownerReference: target.creationPolicy === 'Owner' ? ownerReferenceTo(secretReferenceKind, reference) : undefined,
});

function checkedData(
  name: string,
  type: string,
  data: ReadonlyMap<string, SecretValue>,
): Result<ReadonlyMap<string, SecretValue>> {
  const bytes = bytesOf(data);
  if (bytes > maxBytes)
    return failed(
      tooLarge(
        `Secret ${name} would hold ${bytes} bytes; Kubernetes takes ${maxBytes}: split it over several references`,
      ),
    );
  const fault = shapeFault(type, data);
  return fault === undefined ? ok(data) : failed(unusable(`Secret ${name} of type ${type} ${fault}`));
}

/** On the Secret, so that it is known after a restart without reading a value. */
function expiry(type: string, data: ReadonlyMap<string, SecretValue>): Readonly<Record<string, string>> {
  const at = type === 'kubernetes.io/tls' ? certificateExpiry(data) : undefined;
  return at === undefined ? {} : { [names.certificateExpires]: at };
}
