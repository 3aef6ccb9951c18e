import { describe, expect, test } from '@jest/globals';
import { kubeFaultOf } from '../../src/kube/client.ts';

const canary = 'CANARY-7f3a';
const refused = (cause: string) => ({ kind: 'refused', cause });
const named = { name: 'warehouse', kind: 'secrets' };
const status = (reason: string, details: unknown = named, message: string = canary) => ({ reason, details, message });
const caused = (...causes: readonly unknown[]) => ({ ...named, causes });

/** The bodies are those of API server 1.36. */
describe('what an answer that is no success means', () => {
  test.each([
    ['no such object', 404, status('NotFound'), { kind: 'not-found' }],
    ['no such resource', 404, status('NotFound', {}), { kind: 'unavailable', notServed: true }],
    ['no such API group', 404, undefined, { kind: 'unavailable', notServed: true }],
    ['taken name', 409, status('AlreadyExists'), { kind: 'already-exists' }],
    ['old resourceVersion', 409, status('Conflict'), { kind: 'conflict' }],
    ['another UID in a patch', 422, status('Invalid', caused({ field: 'metadata.uid' })), { kind: 'conflict' }],
    [
      'key of another manager',
      409,
      status('Conflict', caused({ reason: 'FieldManagerConflict' })),
      refused('field-owned'),
    ],
    ['RBAC', 403, status('Forbidden'), refused('forbidden')],
    ['quota', 403, status('Forbidden', named, 'secrets "a" is forbidden: exceeded quota: q'), refused('quota')],
    [
      'quota that is not counted yet',
      403,
      status('Forbidden', named, 'secrets "a" is forbidden: status unknown for quota: q, resources: count/secrets'),
      refused('quota'),
    ],
    [
      'namespace going',
      403,
      status('Forbidden', caused({ reason: 'NamespaceTerminating' })),
      refused('namespace-terminating'),
    ],
    ['policy, Invalid', 422, status('Invalid', named, denied('ValidatingAdmissionPolicy')), refused('admission')],
    ['policy, Forbidden', 403, status('Forbidden', named, denied('ValidatingAdmissionPolicy')), refused('admission')],
    ['policy, too large', 413, status('', named, denied('ValidatingAdmissionPolicy')), refused('admission')],
    ['webhook', 400, status('', {}, 'admission webhook "w" denied the request: no'), refused('admission')],
    ['webhook down', 500, status('InternalError', {}, 'failed calling webhook'), { kind: 'unavailable' }],
    [
      'immutable',
      422,
      status('Invalid', caused({ field: 'data', message: 'field is immutable when' })),
      refused('immutable'),
    ],
    ['too large for a Secret', 422, status('Invalid', caused(tooLong('data'))), refused('too-large')],
    ['too large for an object', 413, status('RequestEntityTooLarge', undefined), refused('too-large')],
    ['a field too long', 422, status('Invalid', caused(tooLong('spec.owner'))), refused('invalid')],
    ['wrong in another way', 422, status('Invalid', caused({ reason: 'FieldValueInvalid' })), refused('invalid')],
    ['unreadable', 400, status('BadRequest', undefined), refused('invalid')],
    ['unknown login', 401, status('Unauthorized'), refused('unauthenticated')],
    ['too many requests', 429, undefined, { kind: 'throttled', retryAfterMs: 1000 }],
    ['timeout', 504, status('Timeout'), { kind: 'unavailable' }],
    ['redirect', 307, undefined, { kind: 'unavailable' }],
  ])('%s', (_what, code, body, fault) => {
    expect(kubeFaultOf(code, body)).toEqual(fault);
    expect(JSON.stringify(kubeFaultOf(code, body))).not.toContain(canary);
  });

  test('never fails, whatever comes', () => {
    for (const body of [null, 7, 'x', [], { details: null }, { details: { causes: [null, 7] } }]) {
      for (const code of [400, 401, 403, 404, 409, 413, 422, 429, 500])
        expect(kubeFaultOf(code, body).kind).toBeTruthy();
    }
  });
});

function denied(by: string): string {
  return `secrets "a" is forbidden: ${by} 'p' with binding 'b' denied request: ${canary}`;
}

function tooLong(field: string): unknown {
  return { reason: 'FieldValueTooLong', field };
}
