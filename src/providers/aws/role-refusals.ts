import type { Fault } from '../../core/fault.ts';
import { authFailed, unavailable } from '../../core/fault.ts';
import type { ServiceAccount } from '../provider.ts';
import { stsName } from './endpoints.ts';
import type { AwsIdentity } from './identity.ts';
import { codeOf, commonFault, isBadSignature, isDeadLogin, type Refusal, says } from './refusal.ts';
import type { AssumeRole, AwsSpec } from './spec.ts';

/** Why STS gave no role, and what to change where. */

/** Which role was asked for with whose token. */
export interface Wanted {
  readonly role: string;
  readonly serviceAccount: ServiceAccount;
  readonly audiences: readonly string[];
}

/** AssumeRoleWithWebIdentity. */
export function refusedToken(spec: AwsSpec, wanted: Wanted, refusal: Refusal): Fault {
  const sts = stsName(spec);
  if (codeOf(refusal).startsWith('IDPCommunicationError'))
    return unavailable(`${sts} could not fetch the cluster's public keys: its OIDC issuer must be open to AWS`);
  const known = commonFault(sts, refusal);
  if (known) return known;
  const { namespace, name } = wanted.serviceAccount;
  const fix = fixes.find(([code, words]) => code.test(codeOf(refusal)) && says(refusal, words))?.[2] ?? unverified;
  return authFailed(`${sts} refused ${wanted.role} to ServiceAccount ${namespace}/${name}: ${fix(wanted)}`);
}

/** AssumeRole. */
export function refusedNext(spec: AwsSpec, next: AssumeRole, { who }: AwsIdentity, refusal: Refusal): Fault {
  const sts = stsName(spec);
  const known = commonFault(sts, refusal);
  if (known) return known;
  if (isDeadLogin(refusal)) return authFailed(`${sts} does not know ${who} (any more)`);
  if (isBadSignature(refusal)) return authFailed(`${sts} finds the secret key of ${who} wrong`);
  if (inactive.test(codeOf(refusal))) return authFailed(`${sts} refused ${next.role}: ${activate()}`);
  const condition = next.externalId === undefined ? '' : ' with the external id of this source';
  return authFailed(
    `${sts} refused ${next.role} to ${who}: its trust policy must allow sts:AssumeRole to that${condition}, and the policy of that must allow sts:AssumeRole on it`,
  );
}

const inactive = /^RegionDisabled/;
const activate = () => 'STS is not active in this region: activate it in the account settings of IAM';

type Fix = (wanted: Wanted) => string;

const audiencesOf = ({ audiences }: Wanted): string => audiences.join(', ');

const trust: Fix = wanted => {
  const { namespace, name } = wanted.serviceAccount;
  const subject = `"system:serviceaccount:${namespace}:${name}"`;
  return `there is no such role, or its trust policy does not allow sts:AssumeRoleWithWebIdentity to the cluster's OIDC provider with sub ${subject} and aud "${audiencesOf(wanted)}"`;
};

const unverified: Fix = wanted =>
  `check that IAM has an OIDC provider for the issuer of this cluster, with the audience ${audiencesOf(wanted)}`;
const audience: Fix = wanted => `the IAM OIDC provider must have the audience ${audiencesOf(wanted)}`;
const noProvider: Fix = () => "its account has no IAM OIDC provider for this cluster's issuer";
const tooOld: Fix = () => "a fresh token counts as expired: set the cluster's clock right";
const tooNew: Fix = () => "a fresh token is not valid yet: set the cluster's clock right";
const noRole: Fix = () => 'it is no role that STS understands';

const anything = /^/;

/** First match wins. */
const fixes: readonly (readonly [code: RegExp, words: RegExp, fix: Fix])[] = [
  [/^AccessDenied/, anything, trust],
  [/^InvalidIdentityToken/, /audience/i, audience],
  [/^InvalidIdentityToken/, /no openidconnect provider/i, noProvider],
  [/^InvalidIdentityToken/, /\byet\b|future|\bnbf\b/i, tooNew],
  [/^ExpiredToken/, anything, tooOld],
  [inactive, anything, activate],
  [/^ValidationError/, anything, noRole],
];
