import type { JsonObject } from '../../../core/untyped.ts';
import type { Fields } from '../fields.ts';
import { caBundle, credential, defined, type Store, serviceAccount, type TranslateProvider } from './store.ts';

const ownCluster = new Set(['', 'kubernetes.default', 'https://kubernetes.default', 'https://kubernetes.default.svc']);

/** Secrets of another namespace or cluster. Their namespace is in the store, ours in each key. */
export const kubernetes: TranslateProvider = (theirs, store) => {
  const namespace = theirs.text('remoteNamespace') ?? 'default';
  const server = theirs.object('server');
  const url = server.text('url') ?? '';
  const ca = caBundle(server, store);
  const isOwn = ownCluster.has(url.replace(/\/$/, ''));
  const auth = translateAuth(theirs.object('auth'), isOwn, store);
  return {
    provider: { kubernetes: defined({ server: isOwn ? undefined : defined({ address: url, caBundle: ca }), auth }) },
    key: key => `secrets/${namespace}/${key}`,
  };
};

function translateAuth(auth: Fields, isOwn: boolean, store: Store): JsonObject {
  const account = auth.maybe('serviceAccount');
  const serviceAccountRef = serviceAccount(account, store, isOwn ? undefined : 'store-cluster');
  if (serviceAccountRef === undefined) {
    const token = auth.maybe('token')?.maybe('bearerToken');
    return token ? { token: { secretRef: credential(token, store) } } : {};
  }
  if (!isOwn) return { serviceAccountRef };
  store.findings.note(
    auth.path,
    'label the ServiceAccount shearline.dev/kubernetes-source=true: its owner agrees by that',
  );
  return { serviceAccountRef: { name: serviceAccountRef.name } };
}
