import { type Answer, json } from '../answers.ts';
import type { RecordedRequest } from '../stand-in.ts';
import { type Grants, lifetimeSeconds } from './grants.ts';

/** The metadata server of Compute Engine and GKE, as far as it gives tokens. */
export function answerMetadata(
  { attached, grants }: { readonly attached: string | undefined; readonly grants: Grants },
  { method, path, headers }: RecordedRequest,
): Answer {
  if (headers['metadata-flavor'] !== 'Google' || headers['x-forwarded-for'] !== undefined)
    return text(403, 'Missing Metadata-Flavor:Google header.');
  const account = /^\/computeMetadata\/v1\/instance\/service-accounts\/([^/?]+)\/([a-z]*)(\?.*)?$/.exec(path);
  const known = attached !== undefined && (account?.[1] === 'default' || account?.[1] === attached);
  if (method !== 'GET' || !account || !known) return text(404, 'The requested URL was not found on this server.');
  if (account[2] === '') return json({ aliases: ['default'], email: attached, scopes: [cloudPlatform] }, 200, flavor);
  if (account[2] !== 'token') return text(404, 'The requested URL was not found on this server.');
  const access_token = grants.issue({ principal: `serviceAccount:${attached}` });
  return json({ access_token, expires_in: lifetimeSeconds - 60, token_type: 'Bearer' }, 200, flavor);
}

const flavor = { 'metadata-flavor': 'Google', server: 'Metadata Server for VM' };
const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';

const text = (status: number, body: string): Answer => ({ kind: 'reply', status, headers: flavor, body });
