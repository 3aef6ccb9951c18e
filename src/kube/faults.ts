import { fieldOf, listOf, textOf } from './json.ts';
import type { KubeFault, RefusalCause } from './port.ts';

/** How long to wait when the API server says "too many requests" without a time. */
const defaultRetryAfterMs = 1000;

/**
 * What an answer that is no success means. `body` is the API server's Status, whose codes decide. Its text is looked at
 * for the refusals that have no code (quota, admission, immutable), and never leaves this file.
 */
export function faultOf(status: number, body: unknown, retryAfterMs = defaultRetryAfterMs): KubeFault {
  if (status === 429) return { kind: 'throttled', retryAfterMs };
  if (status < 400 || status === 408 || status >= 500) return { kind: 'unavailable' };
  // A policy or webhook chooses its own status: 403, 422, 413, any other.
  if (isDeniedByAdmission(body)) return refused('admission');
  switch (status) {
    case 401:
      return refused('unauthenticated');
    case 403:
      return refused(causeOfForbidden(body));
    case 404:
      return namesAnObject(body) ? { kind: 'not-found' } : { kind: 'unavailable' };
    case 409:
      return conflictOf(body);
    case 413:
      return refused('too-large');
    case 422:
      return invalidOf(body);
    default:
      return refused('invalid');
  }
}

const refused = (cause: RefusalCause): KubeFault => ({ kind: 'refused', cause });

const isDeniedByAdmission = (body: unknown): boolean =>
  /(ValidatingAdmissionPolicy|admission webhook) /.test(messageOf(body)) &&
  / denied (the )?request/.test(messageOf(body));

function causeOfForbidden(body: unknown): RefusalCause {
  if (causesOf(body).some(cause => reasonOf(cause) === 'NamespaceTerminating')) return 'namespace-terminating';
  return messageOf(body).includes('exceeded quota') ? 'quota' : 'forbidden';
}

/** A 404 that names no object says that the resource is not served (yet): not knowing is not the same as not there. */
const namesAnObject = (body: unknown): boolean =>
  reasonOf(body) === 'NotFound' && textOf(fieldOf(fieldOf(body, 'details'), 'name')) !== undefined;

function conflictOf(body: unknown): KubeFault {
  if (reasonOf(body) === 'AlreadyExists') return { kind: 'already-exists' };
  const owned = causesOf(body).some(cause => reasonOf(cause) === 'FieldManagerConflict');
  return owned ? refused('field-owned') : { kind: 'conflict' };
}

function invalidOf(body: unknown): KubeFault {
  const causes = causesOf(body);
  // The UID in a patch is our precondition: another one means that the object was made again.
  if (causes.some(cause => fieldOf(cause, 'field') === 'metadata.uid')) return { kind: 'conflict' };
  if (causes.some(isTooLarge)) return refused('too-large');
  return refused(causes.some(isImmutable) ? 'immutable' : 'invalid');
}

/** Data and annotations are bounded as a whole; any other field that is too long is simply invalid. */
const isTooLarge = (cause: unknown): boolean =>
  reasonOf(cause) === 'FieldValueTooLong' &&
  /^(data|metadata\.annotations)$/.test(textOf(fieldOf(cause, 'field')) ?? '');

const isImmutable = (cause: unknown): boolean => messageOf(cause).includes('field is immutable');

const causesOf = (body: unknown): readonly unknown[] => listOf(fieldOf(fieldOf(body, 'details'), 'causes'));
const reasonOf = (status: unknown): string | undefined => textOf(fieldOf(status, 'reason'));
const messageOf = (status: unknown): string => textOf(fieldOf(status, 'message')) ?? '';
