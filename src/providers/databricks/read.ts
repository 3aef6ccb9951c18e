import { fromBase64 } from '../../core/base64.ts';
import { invalidSpec, unusable } from '../../core/fault.ts';
import { failed, ok } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import { parseBody } from '../kit/json-body.ts';
import type { ReadAnswer, ReadRequest } from '../provider.ts';
import { Secret } from './answers.ts';
import { notDatabricks, refusal } from './faults.ts';
import { keyOf, placeOf } from './keys.ts';
import { get, type Workspace } from './workspace.ts';

/** One GET; the value travels in base64, so that its bytes arrive as they are. */
export async function readKey(workspace: Workspace, request: ReadRequest, signal: AbortSignal): Promise<ReadAnswer> {
  const place = placeOf(request.key);
  if (!place.ok) return place;
  if (request.version !== undefined)
    return failed(invalidSpec('Databricks keeps no versions of a secret: remove remoteRef.version'));
  const answer = await get(workspace, 'get', { ...place.value }, signal);
  if (!answer.ok) return answer;
  if (answer.value.status !== 200) return failed(refusal(workspace, place.value, answer.value));
  const secret = parseBody(Secret, answer.value);
  if (secret?.key.toLowerCase() !== place.value.key) return failed(notDatabricks(workspace, 200));
  const bytes = secret.value === undefined ? undefined : fromBase64(secret.value);
  if (!bytes)
    return failed(unusable(`${keyOf(place.value)} in ${workspace.name} holds no value that can be read: put it again`));
  return ok({ value: new SecretValue(bytes) });
}
