import type { JsonObject } from '../../../core/untyped.ts';
import type { Fields } from '../fields.ts';
import { credential, defined, type Store, serviceAccount, type TranslateProvider } from './store.ts';

/** Secrets Manager and Parameter Store. Their `role` is taken on after the login, which is our `assumeRole`. */
export const aws: TranslateProvider = (theirs, store) => {
  const name = theirs.text('service') === 'ParameterStore' ? 'awsSsm' : 'awsSm';
  const prefix = theirs.text('prefix');
  const [role, externalId] = [theirs.text('role'), theirs.text('externalID')];
  const assumeRole = role === undefined ? undefined : defined({ role, externalId });
  const spec = defined({
    region: theirs.text('region'),
    auth: translateAuth(theirs.object('auth'), assumeRole, store),
  });
  return { provider: { [name]: spec }, ...(prefix !== undefined && { key: (key: string) => prefix + key }) };
};

function translateAuth(auth: Fields, assumeRole: JsonObject | undefined, store: Store): JsonObject {
  const [jwt, keys] = [auth.maybe('jwt'), auth.maybe('secretRef')];
  if (jwt) {
    const serviceAccountRef = serviceAccount(jwt.maybe('serviceAccountRef'), store);
    return { webIdentity: defined({ serviceAccountRef, assumeRole }) };
  }
  if (keys)
    return {
      staticKeys: defined({
        accessKeyIdRef: credential(keys.maybe('accessKeyIDSecretRef'), store),
        secretAccessKeyRef: credential(keys.maybe('secretAccessKeySecretRef'), store),
        sessionTokenRef: credential(keys.maybe('sessionTokenSecretRef'), store),
        assumeRole,
      }),
    };
  return { operator: defined({ via: operatorLogin(auth, store), assumeRole }) };
}

function operatorLogin(auth: Fields, store: Store): string {
  store.findings.left(
    auth.path,
    store.cluster
      ? "it logs in as the operator's own pod: give each namespace a ServiceAccount with webIdentity instead, or start the operator with --allow-operator-identity"
      : "only a ClusterSecretSource may log in as the operator's own pod: give the namespace a ServiceAccount with webIdentity",
  );
  return 'PodIdentity';
}
