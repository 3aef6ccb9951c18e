import { fieldOf } from '../core/untyped.ts';
import type { KubeClient, Resource } from './api.ts';

/** What the API server says of a bearer of a token who wants to GET a path of ours. */
export type Verdict = 'allowed' | 'forbidden' | 'unknown-token' | 'no-answer';

interface Review extends Resource {
  readonly kind: string;
}
const tokenReview: Review = {
  kind: 'TokenReview',
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'tokenreviews',
};
const accessReview: Review = {
  kind: 'SubjectAccessReview',
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
};

/** TokenReview: who is it; SubjectAccessReview: may they. Only a clear yes to both counts. */
export async function reviewBearer(
  client: Pick<KubeClient, 'create'>,
  token: string,
  path: string,
  signal: AbortSignal,
): Promise<Verdict> {
  const who = await reviewed(client, tokenReview, { token }, signal);
  if (who === undefined) return 'no-answer';
  if (fieldOf(who, 'authenticated') !== true) return 'unknown-token';
  const user = fieldOf(who, 'user');
  const [groups, uid, extra] = ['groups', 'uid', 'extra'].map(name => fieldOf(user, name));
  const spec = { user: fieldOf(user, 'username'), groups, uid, extra, nonResourceAttributes: { path, verb: 'get' } };
  const may = await reviewed(client, accessReview, spec, signal);
  if (may === undefined) return 'no-answer';
  return fieldOf(may, 'allowed') === true ? 'allowed' : 'forbidden';
}

async function reviewed(
  client: Pick<KubeClient, 'create'>,
  review: Review,
  spec: object,
  signal: AbortSignal,
): Promise<unknown> {
  const body = { apiVersion: `${review.group}/${review.version}`, kind: review.kind, spec };
  const answer = await client.create(review, '', body, { signal });
  return answer.ok ? fieldOf(answer.value, 'status') : undefined;
}
