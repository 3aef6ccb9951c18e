import { type Row, row } from './row.ts';

/** Every rule of a provider's own that the API server checks as well, with a spec that it takes beside those it refuses. */

const source = (title: string, provider: object, at?: string, says?: string): Row =>
  row('SecretSource', title, { provider }, at, says);

const secretRef = { name: 'credential', key: 'token' };
const account = { name: 'reader' };
const reader = { name: 'reader', audiences: ['store'] };

const awsSm = (auth: object, more = {}) => ({ awsSm: { region: 'eu-central-1', auth, ...more } });
const webIdentity = { serviceAccountRef: account };
const staticKeys = { accessKeyIdRef: secretRef, secretAccessKeyRef: secretRef };
const oneAwsLogin = 'set exactly one of webIdentity, staticKeys, operator';

const gcpSm = (auth: object, more = {}) => ({ gcpSm: { project: 'etl-prod', auth, ...more } });
const gke = { cluster: 'projects/etl-prod/locations/europe-west3/clusters/main', serviceAccountRef: account };
const oneGoogleLogin = 'set exactly one of workloadIdentity, gke, serviceAccountKey, operator';

const azureKv = (auth: object, more = {}) => ({ azureKv: { vaultUrl: 'https://etl.vault.azure.net', auth, ...more } });
const id = '11111111-2222-3333-4444-555555555555';
const servicePrincipal = { tenantId: id, clientId: id, clientSecretRef: secretRef };
const oneAzureLogin = 'set exactly one of workloadIdentity, servicePrincipal, operator';

const databricks = (auth: object) => ({ databricks: { host: 'https://dbc-1.cloud.databricks.com', auth } });
const oneDatabricksLogin = 'set exactly one of federation, oauth, token';

const kubernetes = (auth: object, more = {}) => ({ kubernetes: { auth, ...more } });
const elsewhere = { server: { address: 'https://api.example.com:6443' } };
const ownCluster = 'without server this cluster is read: set auth.serviceAccountRef, without audiences';
const otherCluster = 'another cluster needs auth.serviceAccountRef.audiences';

const http = (more: object) => ({ http: { url: 'https://api.example.com/secrets/{key}', ...more } });
const authorization = { name: 'Authorization', secretRef };

export const providerRows: readonly Row[] = [
  source('AWS by web identity', awsSm({ webIdentity })),
  source('AWS without a login', awsSm({}), 'spec.provider.awsSm.auth', oneAwsLogin),
  source('AWS with two logins', awsSm({ webIdentity, staticKeys }), 'spec.provider.awsSm.auth', oneAwsLogin),
  source(
    'Parameter Store without a login',
    { awsSsm: { region: 'eu-central-1', auth: {} } },
    'spec.provider.awsSsm.auth',
    oneAwsLogin,
  ),
  source('AWS in no region', awsSm({ webIdentity }, { region: 'Frankfurt' }), 'spec.provider.awsSm.region'),
  source(
    'AWS with a role that is no ARN',
    awsSm({ webIdentity: { ...webIdentity, role: 'etl' } }),
    'spec.provider.awsSm.auth.webIdentity.role',
  ),

  source('Google by the pool of GKE', gcpSm({ gke })),
  source('Google without a login', gcpSm({}), 'spec.provider.gcpSm.auth', oneGoogleLogin),
  source(
    'Google with two logins',
    gcpSm({ gke, serviceAccountKey: { secretRef } }),
    'spec.provider.gcpSm.auth',
    oneGoogleLogin,
  ),
  source('Google in no project', gcpSm({ gke }, { project: 'x/y' }), 'spec.provider.gcpSm.project'),

  source('Azure by workload identity', azureKv({ workloadIdentity: { serviceAccountRef: account } })),
  source('Azure without a login', azureKv({}), 'spec.provider.azureKv.auth', oneAzureLogin),
  source(
    'Azure with two logins',
    azureKv({ servicePrincipal, workloadIdentity: { serviceAccountRef: account } }),
    'spec.provider.azureKv.auth',
    oneAzureLogin,
  ),
  source(
    'Azure by plain http',
    azureKv({ servicePrincipal }, { vaultUrl: 'http://etl.vault.azure.net' }),
    'spec.provider.azureKv.vaultUrl',
  ),
  source(
    'Azure in the tenant of everybody',
    azureKv({ servicePrincipal: { ...servicePrincipal, tenantId: 'common' } }),
    'spec.provider.azureKv.auth.servicePrincipal.tenantId',
  ),

  source('Databricks by federation', databricks({ federation: { serviceAccountRef: reader } })),
  source('Databricks without a login', databricks({}), 'spec.provider.databricks.auth', oneDatabricksLogin),
  source(
    'Databricks with two logins',
    databricks({ federation: { serviceAccountRef: reader }, token: { secretRef } }),
    'spec.provider.databricks.auth',
    oneDatabricksLogin,
  ),

  source('Kubernetes, this cluster', kubernetes({ serviceAccountRef: account })),
  source('Kubernetes, another cluster by its trust', kubernetes({ serviceAccountRef: reader }, elsewhere)),
  source('Kubernetes, another cluster by token', kubernetes({ token: { secretRef } }, elsewhere)),
  source(
    'Kubernetes, this cluster with an audience',
    kubernetes({ serviceAccountRef: reader }),
    'spec.provider.kubernetes',
    ownCluster,
  ),
  source(
    'Kubernetes, this cluster by token',
    kubernetes({ token: { secretRef } }),
    'spec.provider.kubernetes',
    ownCluster,
  ),
  source(
    'Kubernetes, another cluster without an audience',
    kubernetes({ serviceAccountRef: account }, elsewhere),
    'spec.provider.kubernetes',
    otherCluster,
  ),
  source(
    'Kubernetes with two logins',
    kubernetes({ serviceAccountRef: reader, token: { secretRef } }, elsewhere),
    'spec.provider.kubernetes.auth',
    'set exactly one of serviceAccountRef, token',
  ),

  source('HTTP without a login', http({})),
  source(
    'HTTP with a token and a header',
    http({ auth: { bearer: { secretRef } }, headers: [{ name: 'X-A', value: 'b' }] }),
  ),
  source(
    'HTTP with two logins',
    http({ auth: { bearer: { secretRef }, serviceAccountRef: reader } }),
    'spec.provider.http.auth',
    'set exactly one of serviceAccountRef, bearer, basic',
  ),
  source(
    'HTTP with a header of no value',
    http({ headers: [{ name: 'X-A' }] }),
    'spec.provider.http.headers[0]',
    'set exactly one of value, secretRef',
  ),
  source(
    'HTTP authorized twice',
    http({ auth: { bearer: { secretRef } }, headers: [authorization] }),
    'spec.provider.http',
    'set Authorization by auth or by headers, not by both',
  ),
  source('HTTP authorized by a header', http({ headers: [authorization] })),
  source(
    'HTTP with half a proof of absence',
    http({ absent: { status: 404, pointer: '/error' } }),
    'spec.provider.http.absent',
    'set both pointer and value, or neither',
  ),
  source(
    'HTTP with an absence that is a success',
    http({ absent: { status: 200 } }),
    'spec.provider.http.absent.status',
  ),
];
