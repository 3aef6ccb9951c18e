import type { JsonObject } from '../../../core/untyped.ts';
import type { Fields } from '../fields.ts';
import { credential, defined, type Store, serviceAccount, type TranslateProvider } from './store.ts';

/** Google Secret Manager. */
export const gcp: TranslateProvider = (theirs, store) => {
  const project = theirs.text('projectID');
  theirs.raw('getLatestEnabledSecret'); // ours always reads the newest version that is enabled
  const auth = translateAuth(theirs.object('auth'), project, store);
  return { provider: { gcpSm: defined({ project, location: theirs.text('location'), auth }) } };
};

function translateAuth(auth: Fields, project: string | undefined, store: Store): JsonObject {
  const [gke, federation] = [auth.maybe('workloadIdentity'), auth.maybe('workloadIdentityFederation')];
  if (gke) {
    const [cluster, location] = [gke.text('clusterName'), gke.text('clusterLocation')];
    const owner = gke.text('clusterProjectID') ?? project;
    if (cluster === undefined || location === undefined)
      store.findings.left(gke.path, 'set auth.gke.cluster: theirs asks the metadata server which cluster this is');
    return {
      gke: defined({
        cluster: `projects/${owner}/locations/${location}/clusters/${cluster}`,
        serviceAccountRef: serviceAccount(gke.maybe('serviceAccountRef'), store),
      }),
    };
  }
  if (federation)
    return {
      workloadIdentity: defined({
        provider: federation.text('audience')?.replace(/^(https:)?\/\/iam\.googleapis\.com\//, ''),
        serviceAccountRef: serviceAccount(federation.maybe('serviceAccountRef'), store),
      }),
    };
  const key = auth.maybe('secretRef')?.maybe('secretAccessKeySecretRef');
  if (key) return { serviceAccountKey: { secretRef: credential(key, store) } };
  store.findings.left(auth.path, "it logs in as the operator's own pod: give each namespace a ServiceAccount instead");
  return { operator: {} };
}
