import type { JsonObject } from '../../../core/untyped.ts';
import type { Fields } from '../fields.ts';
import { caBundle, credential, defined, type Store, serviceAccount, type TranslateProvider } from './store.ts';

/** Vault and OpenBao. Their `path` is our mount, which their keys may repeat. */
export const vault: TranslateProvider = (theirs, store) => {
  const version = theirs.text('version') === 'v1' ? 1 : 2;
  const mount = theirs.text('path')?.replaceAll(/^\/|\/$/g, '');
  if (mount === undefined)
    store.findings.left(
      theirs.at('path'),
      'without it, the mount is the first segment of each key: set kv.mount to it, and take it off the keys of the references',
    );
  // Our reads ask the leader of a cluster again where a standby is behind.
  for (const harmless of ['readYourWrites', 'forwardInconsistent', 'checkAndSet']) theirs.raw(harmless);
  const auth = translateAuth(theirs.object('auth'), store);
  return {
    provider: {
      vault: defined({
        address: theirs.text('server'),
        namespace: theirs.text('namespace'),
        kv: defined({ mount, version }),
        caBundle: caBundle(theirs, store),
        auth,
      }),
    },
    key: key => relativeKey(key, mount ?? '', version),
  };
};

/** `secret/data/etl/db` and `secret/etl/db` and `etl/db` are one key for them; for us it is what is below the mount. */
function relativeKey(key: string, mount: string, version: 1 | 2): string {
  const plain = key.replace(/^\//, '');
  const below = mount !== '' && plain.startsWith(`${mount}/`) ? plain.slice(mount.length + 1) : plain;
  return version === 2 && below.startsWith('data/') ? below.slice('data/'.length) : below;
}

function translateAuth(auth: Fields, store: Store): JsonObject {
  const login = firstLogin(auth, store);
  return defined({ ...login, namespace: auth.text('namespace') });
}

function firstLogin(auth: Fields, store: Store): JsonObject {
  const [kubernetes, jwt, appRole] = [auth.maybe('kubernetes'), auth.maybe('jwt'), auth.maybe('appRole')];
  if (kubernetes)
    return {
      kubernetes: defined({
        role: kubernetes.text('role'),
        mount: mountOf(kubernetes.text('mountPath')),
        serviceAccountRef: serviceAccount(kubernetes.maybe('serviceAccountRef'), store, 'vault'),
      }),
    };
  if (jwt) return { jwt: jwtLogin(jwt, store) };
  if (appRole)
    return {
      appRole: defined({
        mount: mountOf(appRole.text('path')),
        roleId: appRole.text('roleId'),
        roleIdRef: credential(appRole.maybe('roleRef'), store),
        secretIdRef: credential(appRole.maybe('secretRef'), store),
      }),
    };
  const token = auth.maybe('tokenSecretRef');
  return token ? { token: { secretRef: credential(token, store) } } : {};
}

function jwtLogin(jwt: Fields, store: Store): JsonObject {
  const token = jwt.maybe('kubernetesServiceAccountToken');
  const audiences = token?.texts('audiences') ?? [];
  token?.raw('expirationSeconds'); // ours live 10 minutes
  const account = serviceAccount(token?.maybe('serviceAccountRef'), store, audiences.length > 0 ? undefined : 'vault');
  return defined({
    role: jwt.text('role'),
    mount: mountOf(jwt.text('path')),
    serviceAccountRef: account && audiences.length > 0 ? { audiences, ...account } : account,
  });
}

const mountOf = (path: string | undefined): string | undefined => path?.replace(/^\/?(auth\/)?/, '');
