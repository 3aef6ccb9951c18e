import { type ObjectKey, objectKey } from '../../core/object-key.ts';
import type { ReconcileRequest } from '../../runtime/reconcile.ts';
import type { Observed } from './nouns/observed.ts';
import { observe } from './observe.ts';
import type { Api, Ports } from './ports.ts';

/**
 * Where Secrets are not watched, a reconcile first looks at those that it decides on: the target, and the credentials of
 * the sources. One that cannot be read now stays as it was known; what is done with it next says why.
 */
export async function look(
  work: Pick<ReconcileRequest, 'key' | 'signal'>,
  saw: NonNullable<Api['sawSecret']>,
  ports: Ports,
): Promise<void> {
  const observed = observe(work.key, ports);
  if (observed === undefined) return;
  await Promise.all(
    [...secretsOf(observed)].map(async key => {
      const found = await ports.api.secrets.metadata(key, work.signal);
      if (found.ok) saw(key, { metadata: found.value });
      else if (found.fault.kind === 'not-found') saw(key, undefined);
    }),
  );
}

function secretsOf({ namespace, targetName, source, wanted, reference }: Observed): ReadonlySet<ObjectKey> {
  const { from = [] } = (reference.spec.ok && reference.spec.value.target.template) || {};
  const templates = from.flatMap(({ secret }) => (secret ? [objectKey(namespace.name, secret.name)] : []));
  const asked = wanted.ok ? [...wanted.value.reads, ...wanted.value.searches] : [];
  const sources = [...(source === undefined ? [] : [source]), ...asked.map(each => each.source)];
  const credentials = sources.flatMap(({ access }) =>
    access.provider.needs.credentials.map(({ name }) => objectKey(access.homeNamespace, name)),
  );
  return new Set([objectKey(namespace.name, targetName), ...credentials, ...templates]);
}
