import { fieldOf, isJsonObject, listOf, textOf } from './untyped.ts';

/** Who made a pod, as people know it: `SparkApplication/nightly`, `Deployment/api`. Told from the pod alone: no further right is needed. */
export function ownerOf(pod: unknown): string {
  const metadata = fieldOf(pod, 'metadata');
  const labels = fieldOf(metadata, 'labels');
  const label = (name: string): string | undefined => textOf(fieldOf(labels, name));
  const application = label('sparkoperator.k8s.io/app-name') ?? label('spark.operator/spark-app-name');
  if (application !== undefined) return `SparkApplication/${application}`;
  // What spark-submit starts has no object of its own; driver and executors share this.
  const submitted = label('spark-app-selector');
  if (submitted !== undefined) return `Spark/${submitted}`;
  const owner = controllerOf(metadata);
  if (owner === undefined) return `Pod/${textOf(fieldOf(metadata, 'name')) ?? ''}`;
  return owner.kind === 'ReplicaSet' ? deployerOf(owner.name, label) : `${owner.kind}/${owner.name}`;
}

interface Owner {
  readonly kind: string;
  readonly name: string;
}

function controllerOf(metadata: unknown): Owner | undefined {
  const owner = listOf(fieldOf(metadata, 'ownerReferences')).find(each => fieldOf(each, 'controller') === true);
  const [kind, name] = [textOf(fieldOf(owner, 'kind')), textOf(fieldOf(owner, 'name'))];
  return isJsonObject(owner) && isPlain(kind) && isPlain(name) ? { kind, name } : undefined;
}

/** Whoever makes the pod writes its owner, and nobody looks what is in it: it is printed on terminals and in conditions. */
const isPlain = (text: string | undefined): text is string => text !== undefined && /^[\w.:-]{1,253}$/.test(text);

/** A ReplicaSet that was made for somebody has the hash of its pods at the end of its name. */
const deployers = [
  ['Deployment', 'pod-template-hash'],
  ['Rollout', 'rollouts-pod-template-hash'],
] as const;

function deployerOf(replicaSet: string, label: (name: string) => string | undefined): string {
  for (const [kind, hash] of deployers) {
    const end = `-${label(hash)}`;
    if (label(hash) !== undefined && replicaSet.endsWith(end)) return `${kind}/${replicaSet.slice(0, -end.length)}`;
  }
  return `ReplicaSet/${replicaSet}`;
}
