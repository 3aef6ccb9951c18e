import { invalid } from '../core/fault.ts';
import { failed, ok, type Result } from '../core/result.ts';
import type { ClusterAccess, SourceAccess } from './provider.ts';

/** As whom a source is entered. */
export interface Identity {
  /** The reference's own; absent when one login serves all namespaces of the source. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string; readonly uid: string };
  /** Changes with anything that a login depends on, so that a login is never used after its cause is gone. */
  readonly sessionKey: string;
}

/** The identity of a namespace at a source, from caches alone. */
export function identify(source: SourceAccess, namespace: string, cluster: ClusterAccess): Result<Identity> {
  const { serviceAccount } = source.provider.needs;
  const uid = serviceAccount && cluster.serviceAccountUid(namespace, serviceAccount.name);
  if (serviceAccount && uid === undefined) return failed(noServiceAccount(source, namespace, serviceAccount.name));
  const versions: string[] = [];
  for (const { name } of source.provider.needs.credentials) {
    const version = cluster.credentialVersion(source.homeNamespace, name);
    if (version === undefined) return failed(noCredential(source, name));
    versions.push(version);
  }
  const sessionKey = [source.uid, source.generation, uid ?? '', ...versions].join('/');
  if (!serviceAccount || uid === undefined) return ok({ sessionKey });
  return ok({ serviceAccount: { namespace, name: serviceAccount.name, uid }, sessionKey });
}

/** For messages. */
export const describeIdentity = ({ serviceAccount }: Identity): string =>
  serviceAccount ? `ServiceAccount ${serviceAccount.namespace}/${serviceAccount.name}` : 'the operator';

const noServiceAccount = (source: SourceAccess, namespace: string, name: string) =>
  invalid(
    'ServiceAccountNotFound',
    `${source.label} is entered as ServiceAccount ${namespace}/${name}, which does not exist: create it, or change the source's serviceAccountRef`,
  );

const noCredential = (source: SourceAccess, name: string) =>
  invalid(
    'SourceInvalid',
    `${source.label} is entered with Secret ${source.homeNamespace}/${name}, which does not exist or lacks the label shearline.dev/credential: "true"`,
  );
