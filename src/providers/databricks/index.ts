import { invalidSpec } from '../../core/fault.ts';
import { failed, flatMap, mapOk, ok, type Result } from '../../core/result.ts';
import { baseUrl } from '../kit/address.ts';
import type { Needs, Provider } from '../provider.ts';
import { keyOf, placeOf } from './keys.ts';
import { clientIdAnnotation, DatabricksSpec } from './spec.ts';

/** Secret scopes of a Databricks workspace, Databricks' own and those backed by Azure Key Vault. */
export const databricks: Provider<DatabricksSpec> = {
  name: 'databricks',
  docs: {
    title: 'Databricks secret scopes',
    identity: 'OAuth token federation with a token of the namespace; an OAuth secret; a personal access token',
    features: 'Scopes of Databricks and of Key Vault, values byte by byte, `find` by prefix and name',
    limits: 'Databricks keeps no versions and no tags; 128 KB a value',
    annotations: {
      [clientIdAnnotation]:
        'Databricks: application id of the service principal, where `federation.clientId` is not set.',
    },
  },
  capabilities: ['list'],
  spec: DatabricksSpec,
  needs,
  check,
  canonicalKey: (_spec, key) => mapOk(placeOf(key), keyOf),
  login: async (spec, ports, signal) => (await import('./login.ts')).login(spec, ports, signal),
};

function needs({ host, caBundle, auth }: DatabricksSpec): Needs {
  const { federation, oauth, token } = auth;
  const annotations = federation?.clientId === undefined ? [clientIdAnnotation] : [];
  return {
    addresses: [host],
    ...(federation && { serviceAccount: { ...federation.serviceAccountRef, annotations } }),
    ...(caBundle && { caBundle }),
    credentials: [oauth?.clientSecretRef, token?.secretRef].filter(field => field !== undefined),
  };
}

function check(spec: DatabricksSpec): Result<DatabricksSpec> {
  const example = 'https://dbc-a1b2c3d4-e5f6.cloud.databricks.com';
  return flatMap(baseUrl('host', spec.host, example), base =>
    URL.parse(base)?.pathname === '/' ? ok(spec) : failed(invalidSpec(`host has no path: ${example}`)),
  );
}
