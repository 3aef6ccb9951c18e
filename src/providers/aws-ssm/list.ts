import type { ParameterStringFilter } from '@aws-sdk/client-ssm';
import { DescribeParametersCommand } from '@aws-sdk/client-ssm';
import { unusable } from '../../core/fault.ts';
import { failed, ok } from '../../core/result.ts';
import { answerOf, notAws } from '../aws/refusal.ts';
import { refusalFault, unclear } from '../aws/store.ts';
import type { ListAnswer, ListRequest } from '../provider.ts';
import type { ParameterStore } from './faults.ts';
import { withoutSlash } from './keys.ts';

const maxPages = 1000;

/** All names with the prefix and the tags. Only names travel: GetParametersByPath would send the values, ten a call. */
export async function listNames(store: ParameterStore, request: ListRequest, signal: AbortSignal): Promise<ListAnswer> {
  const names = new Set<string>();
  let token: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const answer = await fetchPage(store, request, token, signal);
    if (!answer.ok) return answer;
    const { Parameters, NextToken } = answer.value;
    if (Parameters === undefined) return failed(notAws(store.name, 200));
    for (const { Name } of Parameters) {
      const key = Name && withoutSlash(Name);
      if (key?.startsWith(request.prefix)) names.add(key);
    }
    if (names.size > request.limit) break;
    if (NextToken === undefined) return ok([...names]);
    token = NextToken;
  }
  return failed(
    unusable(`${store.name} has more than ${request.limit} parameters that match: narrow the prefix or the tags`),
  );
}

async function fetchPage(store: ParameterStore, request: ListRequest, token: string | undefined, signal: AbortSignal) {
  const next = token === undefined ? {} : { NextToken: token };
  const command = new DescribeParametersCommand({ MaxResults: 50, ParameterFilters: filters(request), ...next });
  const answer = await answerOf(options => store.client.send(command, options), signal);
  if (answer.ok) return answer;
  const asked = { what: 'the list of parameters', action: 'ssm:DescribeParameters' };
  return failed(refusalFault(store, asked, answer.fault) ?? unclear(store, asked));
}

/** The answer has no tags, so here AWS's matching has to be trusted: for tags it is exact. */
function filters({ prefix, tags }: ListRequest): ParameterStringFilter[] {
  const names = prefix.includes('/') ? [`/${prefix}`] : [prefix, `/${prefix}`];
  const byName = prefix === '' ? [] : [{ Key: 'Name', Option: 'BeginsWith', Values: names }];
  return [
    ...byName,
    ...Object.entries(tags).map(([key, value]) => ({ Key: `tag:${key}`, Option: 'Equals', Values: [value] })),
  ];
}
