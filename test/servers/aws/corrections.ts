import * as z from 'zod';
import { type Answer, json } from '../answers.ts';
import type { HttpResponse } from '../http.ts';
import type { AwsCall, TagFilter } from './calls.ts';
import { account, type Ministack, region } from './ministack.ts';

/** Where ministack answers otherwise than AWS, and it matters here: README.md says why. */

/** An error in the words of AWS's JSON APIs. */
export const awsError = (code: string, message: string, status = 400): Answer =>
  json({ __type: code, message }, status, { 'x-amzn-errortype': code });

/** Undefined when the call is within what AWS takes at once. */
export function tooMuch({ action, input, keys }: AwsCall): Answer | undefined {
  const [most, page] = limits[action] ?? [1, undefined];
  if (keys > most)
    return awsError(
      tooManyCode[action] ?? 'ValidationException',
      `Member must have length less than or equal to ${most}`,
    );
  if (page !== undefined && (input.MaxResults ?? 1) > page)
    return awsError('ValidationException', `Member must have value less than or equal to ${page}`);
  return undefined;
}

const limits: Readonly<Record<string, readonly [keys: number, page?: number]>> = {
  GetParameters: [10],
  BatchGetSecretValue: [20],
  DescribeParameters: [1, 50],
  ListSecrets: [1, 100],
};
const tooManyCode: Readonly<Record<string, string>> = { BatchGetSecretValue: 'InvalidParameterException' };

/** The true answer to a call that ministack has answered; undefined when its own will do. */
export async function corrected(
  ministack: Ministack,
  call: AwsCall,
  principal: string | undefined,
  response: HttpResponse,
): Promise<Answer | undefined> {
  if (call.action === 'GetParameters' && principal !== undefined && isAuthenticated(response))
    return getParameters(ministack, call, principal);
  if (call.action === 'DescribeParameters' && response.status === 200) return describeParameters(ministack, call);
  return undefined;
}

/** Signature and keys were good, whatever ministack makes of the policy. */
const isAuthenticated = ({ status, body }: HttpResponse): boolean =>
  status === 200 || /"__type": ?"AccessDeniedException"/.test(body);

/** AWS asks the policy about each name, and refuses all for one; ministack asks about `*`. */
async function getParameters(ministack: Ministack, { input }: AwsCall, principal: string): Promise<Answer> {
  for (const name of input.Names ?? []) {
    const resource = `arn:aws:ssm:${region}:${account}:parameter/${name.replace(/^\//, '').replace(/:.*/, '')}`;
    const answer = await ministack.query('iam', 'SimulatePrincipalPolicy', {
      PolicySourceArn: principal,
      'ActionNames.member.1': 'ssm:GetParameters',
      'ResourceArns.member.1': resource,
    });
    if (!answer.includes('<EvalDecision>allowed<'))
      return awsError(
        'AccessDeniedException',
        `User: ${principal} is not authorized to perform: ssm:GetParameters on resource: ${resource} because no identity-based policy allows the ssm:GetParameters action`,
      );
  }
  return json(await ministack.root('AmazonSSM.GetParameters', input));
}

const Page = z.object({
  Parameters: z.array(z.object({ Name: z.string() }).loose()),
  NextToken: z.string().optional(),
});
const Tags = z.object({ TagList: z.array(z.object({ Key: z.string(), Value: z.string() })) });

/** ministack lets all parameters pass a filter by tag. */
async function describeParameters(ministack: Ministack, { input }: AwsCall): Promise<Answer | undefined> {
  const tagFilters = input.ParameterFilters.filter(({ Key }) => Key.startsWith('tag:'));
  if (tagFilters.length === 0) return undefined;
  const ParameterFilters = input.ParameterFilters.filter(filter => !tagFilters.includes(filter));
  const found: z.infer<typeof Page>['Parameters'] = [];
  for (let next: string | undefined = ''; next !== undefined; ) {
    const token = next === '' ? {} : { NextToken: next };
    const page = Page.parse(
      await ministack.root('AmazonSSM.DescribeParameters', { ParameterFilters, MaxResults: 50, ...token }),
    );
    for (const parameter of page.Parameters)
      if (await hasTags(ministack, parameter.Name, tagFilters)) found.push(parameter);
    next = page.NextToken;
  }
  const from = Number(input.NextToken ?? 0);
  const to = from + (input.MaxResults ?? 10);
  return json({ Parameters: found.slice(from, to), ...(to < found.length && { NextToken: `${to}` }) });
}

async function hasTags(ministack: Ministack, name: string, filters: readonly TagFilter[]): Promise<boolean> {
  const asked = { ResourceType: 'Parameter', ResourceId: name };
  const { TagList } = Tags.parse(await ministack.root('AmazonSSM.ListTagsForResource', asked));
  return filters.every(({ Key, Values }) =>
    TagList.some(tag => `tag:${tag.Key}` === Key && (Values.length === 0 || Values.includes(tag.Value))),
  );
}
