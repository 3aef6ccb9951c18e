import { invalidSpec } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { commandLine } from '../kit/command.ts';
import type { Needs, Provider, WantedServiceAccount } from '../provider.ts';
import { iamCredentials, metadataServer, oauth, secretManager, tokenService } from './endpoints.ts';
import { canonicalKey } from './keys.ts';
import { emailAnnotation, GcpSmSpec } from './spec.ts';
import { tokenAudiences } from './workload-pool.ts';

/** Google Cloud Secret Manager. What talks to it, and Google's SDK, are loaded at the first login. */
export const gcpSm: Provider<GcpSmSpec> = {
  name: 'gcpSm',
  docs: {
    title: 'Google Cloud Secret Manager',
    identity:
      "Workload identity federation with a token of the namespace (a pool of yours, or GKE's own), as itself or as a Google service account; a service account key; the operator's pod or node",
    features:
      'Global and regional secrets, the newest enabled version, versions by number and alias and the `previous` one, checksums, `find` by prefix, name and labels',
    limits: 'values to 64 KiB, no batch call: one request a key',
    annotations: {
      [emailAnnotation]:
        'Google: e-mail address of the service account to act as, where `googleServiceAccount` is not set.',
    },
  },
  capabilities: ['list'],
  spec: GcpSmSpec,
  needs,
  check,
  canonicalKey,
  disableCommand,
  login: async (spec, ports, signal) => (await import('./login.ts')).login(spec, ports, signal),
};

/** `versions enable` takes it back. */
function disableCommand({ project, location }: GcpSmSpec, key: string, version: string): string {
  const place = [`--project=${project}`, ...(location === undefined ? [] : [`--location=${location}`])];
  return commandLine('gcloud', 'secrets', 'versions', 'disable', version, `--secret=${key}`, ...place);
}

function needs(spec: GcpSmSpec): Needs {
  const { auth, caBundle } = spec;
  const serviceAccount = wantedServiceAccount(spec);
  return {
    addresses: [secretManager(spec), ...loginAddresses(spec)],
    ...(serviceAccount && { serviceAccount }),
    ...(auth.operator && { operatorIdentity: true }),
    ...(caBundle && { caBundle }),
    credentials: auth.serviceAccountKey ? [auth.serviceAccountKey.secretRef] : [],
  };
}

/** An annotation may ask for another identity at any time, so IAM's address belongs to every federated login. */
function loginAddresses(spec: GcpSmSpec): readonly string[] {
  const { serviceAccountKey, operator } = spec.auth;
  if (serviceAccountKey) return [oauth(spec)];
  if (!operator) return [tokenService(spec), iamCredentials(spec)];
  return operator.googleServiceAccount ? [metadataServer, iamCredentials(spec)] : [metadataServer];
}

function wantedServiceAccount(spec: GcpSmSpec): WantedServiceAccount | undefined {
  const federated = spec.auth.workloadIdentity ?? spec.auth.gke;
  if (!federated) return undefined;
  const annotations = federated.googleServiceAccount === undefined ? [emailAnnotation] : [];
  return { name: federated.serviceAccountRef.name, audiences: tokenAudiences(spec), annotations };
}

/** What the schema's patterns cannot say of a URL: that its port exists. */
function check(spec: GcpSmSpec): Result<GcpSmSpec> {
  const given = [spec.endpoint, spec.stsEndpoint, spec.iamEndpoint, spec.oauthEndpoint];
  const wrong = given.some(url => url !== undefined && URL.parse(url) === null);
  return wrong ? failed(invalidSpec('each endpoint must be a URL such as https://sts.googleapis.com')) : ok(spec);
}
