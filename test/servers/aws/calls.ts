import * as z from 'zod';
import type { RecordedRequest } from '../stand-in.ts';

/** One call of AWS's APIs, as far as the gate has to understand it. */
export interface AwsCall {
  /** `GetSecretValue`, `AssumeRole`… */
  readonly action: string;
  readonly kind: 'read' | 'list' | 'login' | 'other';
  /** Whose key signed it; empty when it is not signed. */
  readonly accessKeyId: string;
  readonly input: Input;
  /** Of the call to STS, which speaks forms. */
  readonly form: URLSearchParams;
  /** How many keys a read asks for. */
  readonly keys: number;
}

const TagFilter = z.object({ Key: z.string(), Values: z.array(z.string()).default([]) }).loose();
export type TagFilter = z.infer<typeof TagFilter>;

const Input = z
  .object({
    SecretIdList: z.array(z.string()).optional(),
    Names: z.array(z.string()).optional(),
    MaxResults: z.number().optional(),
    NextToken: z.string().optional(),
    ParameterFilters: z.array(TagFilter).default([]),
  })
  .loose();
export type Input = z.infer<typeof Input>;

const kinds: Readonly<Record<string, AwsCall['kind']>> = {
  GetSecretValue: 'read',
  BatchGetSecretValue: 'read',
  GetParameter: 'read',
  GetParameters: 'read',
  ListSecrets: 'list',
  DescribeParameters: 'list',
  AssumeRole: 'login',
  AssumeRoleWithWebIdentity: 'login',
};

export function understandCall({ headers, body }: RecordedRequest): AwsCall {
  const target = /\.(\w+)$/.exec(`${headers['x-amz-target'] ?? ''}`)?.[1];
  const form = new URLSearchParams(target === undefined ? body : '');
  const input = Input.parse(target === undefined ? {} : JSON.parse(body));
  const action = target ?? form.get('Action') ?? '';
  const accessKeyId = /Credential=([^/]+)\//.exec(headers.authorization?.toString() ?? '')?.[1] ?? '';
  const keys = (input.SecretIdList ?? input.Names)?.length ?? 1;
  return { action, kind: kinds[action] ?? 'other', accessKeyId, input, form, keys };
}
