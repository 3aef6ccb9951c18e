import { createAuthority, issueCertificate } from '../certificates.ts';
import type { TokenVerifier } from '../oidc.ts';
import { type Gate, startGate } from './gate.ts';
import { account, type Ministack, region, startMinistack } from './ministack.ts';

/** An AWS account in one region: STS, Secrets Manager and Parameter Store behind one address, and root's hands. */
export interface Aws extends Omit<Gate, 'stop'>, Pick<Ministack, 'root' | 'query'> {
  readonly region: string;
  readonly account: string;
  /** PEM. */
  readonly caBundle: string;
  readonly caFile: string;
  /** Makes a role that the ServiceAccount may take by its token; answers its ARN. */
  webIdentityRole(name: string, subject: string, policy: Policy): Promise<string>;
  /** Makes a role that other principals may take. */
  role(name: string, trusted: Statement, policy: Policy): Promise<string>;
  /** Makes an IAM user with an access key. */
  user(name: string, policy: Policy): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }>;
  /** What is written down: URLs, and the server's log. */
  records(): Promise<string>;
  stop(): Promise<void>;
}

export type Statement = Readonly<Record<string, unknown>>;
/** Statements that allow; what none of them names is refused. */
export type Policy = readonly Statement[];

export interface AwsOptions {
  /** As ServiceAccount tokens have it: the account has an IAM OIDC provider for it. */
  readonly issuer: string;
  readonly verifier: TokenVerifier;
  /** Audiences of that provider. */
  readonly clientIds?: readonly string[];
}

export const allow = (action: string | readonly string[], resource: string | readonly string[]): Statement => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
});

export async function startAws({ issuer, verifier, clientIds = ['sts.amazonaws.com'] }: AwsOptions): Promise<Aws> {
  const ministack = await startMinistack();
  const authority = await createAuthority(`${ministack.directory}/pki`);
  const tls = await issueCertificate(authority, { commonName: 'aws', sans: ['127.0.0.1'] });
  const gate = await startGate(ministack, { clientIds, verifier }, tls);
  const role: Aws['role'] = async (name, trusted, policy) => {
    await ministack.query('iam', 'CreateRole', { RoleName: name, AssumeRolePolicyDocument: document([trusted]) });
    await ministack.query('iam', 'PutRolePolicy', {
      RoleName: name,
      PolicyName: 'own',
      PolicyDocument: document(policy),
    });
    return `arn:aws:iam::${account}:role/${name}`;
  };
  return {
    ...gate,
    root: ministack.root,
    query: ministack.query,
    region,
    account,
    caBundle: authority.certificate,
    caFile: authority.certificateFile,
    role,
    webIdentityRole: (name, subject, policy) => role(name, trustOf(issuer, subject, clientIds), policy),
    user: async (name, policy) => {
      await ministack.query('iam', 'CreateUser', { UserName: name });
      await ministack.query('iam', 'PutUserPolicy', {
        UserName: name,
        PolicyName: 'own',
        PolicyDocument: document(policy),
      });
      const xml = await ministack.query('iam', 'CreateAccessKey', { UserName: name });
      const accessKeyId = inXml(xml, 'AccessKeyId');
      gate.introduce(accessKeyId, `arn:aws:iam::${account}:user/${name}`);
      return { accessKeyId, secretAccessKey: inXml(xml, 'SecretAccessKey') };
    },
    records: async () => [...gate.requests.map(({ path }) => path), await ministack.log()].join('\n'),
    stop: async () => {
      await gate.stop();
      await ministack.stop();
    },
  };
}

const document = (statements: Policy): string => JSON.stringify({ Version: '2012-10-17', Statement: statements });

function trustOf(issuer: string, subject: string, clientIds: readonly string[]): Statement {
  const host = issuer.replace('https://', '');
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${host}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${host}:sub`]: subject, [`${host}:aud`]: clientIds } },
  };
}

function inXml(xml: string, name: string): string {
  const found = new RegExp(`<${name}>([^<]+)<`).exec(xml)?.[1];
  if (found === undefined) throw new Error(`AWS answered no ${name}`);
  return found;
}
