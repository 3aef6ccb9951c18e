import { invalidSpec } from '../../core/fault.ts';
import { collect, failed, mapOk, ok, type Result } from '../../core/result.ts';
import { baseUrl } from '../kit/address.ts';
import type { Needs } from '../provider.ts';
import {
  instanceMetadata,
  partitionOf,
  podIdentityAgent,
  type Service,
  storeAddress,
  stsAddress,
} from './endpoints.ts';
import type { AssumeRole, AwsSpec, OperatorAuth } from './spec.ts';

/** EKS's own annotation: the role of a ServiceAccount. */
export const roleAnnotation = 'eks.amazonaws.com/role-arn';

/** For the reference docs. */
export const awsAnnotations = { [roleAnnotation]: 'AWS: ARN of the role, where `webIdentity.role` is not set.' };

/** The role that a login goes on to, whichever way it begins. */
export const chainedRole = ({ webIdentity, staticKeys, operator }: AwsSpec['auth']): AssumeRole | undefined =>
  (webIdentity ?? staticKeys ?? operator)?.assumeRole;

export function awsNeeds(service: Service, spec: AwsSpec): Needs {
  const { webIdentity, staticKeys, operator } = spec.auth;
  const asksSts = webIdentity !== undefined || chainedRole(spec.auth) !== undefined;
  const annotations = webIdentity?.role === undefined ? { annotations: [roleAnnotation] } : {};
  const keys = [staticKeys?.accessKeyIdRef, staticKeys?.secretAccessKeyRef, staticKeys?.sessionTokenRef];
  return {
    addresses: [
      storeAddress(service, spec),
      ...(asksSts ? [stsAddress(spec)] : []),
      ...(operator ? [operatorAddress(operator)] : []),
    ],
    ...(webIdentity && { serviceAccount: { ...webIdentity.serviceAccountRef, ...annotations } }),
    ...(operator && { operatorIdentity: true }),
    ...(spec.caBundle && { caBundle: spec.caBundle }),
    credentials: keys.filter(field => field !== undefined),
  };
}

const operatorAddress = ({ via }: OperatorAuth): string =>
  via === 'PodIdentity' ? podIdentityAgent : instanceMetadata;

export function checkAws(spec: AwsSpec): Result<AwsSpec> {
  const checks = [
    spec.endpoint === undefined ? ok('') : baseUrl('endpoint', spec.endpoint, 'https://secretsmanager.example.com'),
    spec.stsEndpoint === undefined ? ok('') : baseUrl('stsEndpoint', spec.stsEndpoint, 'https://sts.example.com'),
    checkRole(spec, 'auth.webIdentity.role', spec.auth.webIdentity?.role),
    checkRole(spec, 'assumeRole.role', chainedRole(spec.auth)?.role),
  ];
  return mapOk(collect(checks), () => spec);
}

/** Roles of another partition could never be assumed, and the login would not say why. */
export function checkRole({ region }: AwsSpec, field: string, role: string | undefined): Result<string> {
  const partition = partitionOf(region);
  if (role === undefined || role.startsWith(`arn:${partition}:`)) return ok(role ?? '');
  return failed(invalidSpec(`${field} must begin with arn:${partition}:iam, as roles for ${region} do`));
}
