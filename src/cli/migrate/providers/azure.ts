import type { JsonObject } from '../../../core/untyped.ts';
import type { Fields } from '../fields.ts';
import { credential, defined, type Store, serviceAccount, type TranslateProvider } from './store.ts';

/** Azure Key Vault. Their `cert/NAME` is our `certificate/NAME`, the public part. */
export const azure: TranslateProvider = (theirs, store) => {
  const vaultUrl = theirs.text('vaultUrl');
  theirs.raw('environmentType'); // ours follows from vaultUrl
  const auth = translateAuth(theirs, store);
  return {
    provider: { azureKv: defined({ vaultUrl, caBundle: undefined, auth }) },
    key: key => key.replace(/^cert\//, 'certificate/'),
  };
};

function translateAuth(theirs: Fields, store: Store): JsonObject {
  const tenantId = theirs.text('tenantId');
  switch (theirs.text('authType') ?? 'ServicePrincipal') {
    case 'WorkloadIdentity': {
      const serviceAccountRef = serviceAccount(theirs.maybe('serviceAccountRef'), store);
      if (serviceAccountRef) return { workloadIdentity: defined({ tenantId, serviceAccountRef }) };
      store.findings.left(theirs.path, "it logs in as the operator's own pod: name a ServiceAccount of the namespace");
      return {};
    }
    case 'ManagedIdentity':
      theirs.text('identityId');
      store.findings.left(
        theirs.at('authType'),
        'the managed identity of a node serves everybody on it: give it a federated credential for a ServiceAccount, and use auth.workloadIdentity',
      );
      return {};
    default:
      return servicePrincipal(theirs, tenantId, store);
  }
}

/** Their client id is in a Secret, ours in the spec: it is no secret. */
function servicePrincipal(theirs: Fields, tenantId: string | undefined, store: Store): JsonObject {
  const secrets = theirs.object('authSecretRef');
  const clientId = secrets.object('clientId');
  store.findings.left(
    clientId.path,
    `the client id is no secret: set auth.servicePrincipal.clientId to what Secret ${clientId.text('name') ?? '?'} has under ${clientId.text('key') ?? '?'}`,
  );
  const clientSecretRef = credential(secrets.maybe('clientSecret'), store);
  return { servicePrincipal: defined({ tenantId, clientSecretRef }) };
}
