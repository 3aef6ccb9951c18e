import { describe, expect, test } from '@jest/globals';
import {
  accessDenied,
  authFailed,
  conflict,
  type Fault,
  type FaultKind,
  type FaultOrigin,
  type FaultReason,
  faultOrigin,
  faultPolicy,
  invalid,
  isApiServerTrouble,
  kubernetesUnavailable,
  throttled,
  unavailable,
  unusable,
  writeRefused,
} from '../../src/core/fault.ts';

const kinds = (holds: (policy: (typeof faultPolicy)[FaultKind]) => boolean) =>
  Object.entries(faultPolicy).flatMap(([kind, policy]) => (holds(policy) ? [kind] : []));
const reasons = (holds: (origin: FaultOrigin) => boolean) =>
  Object.entries(faultOrigin).flatMap(([reason, origin]) => (holds(origin) ? [reason] : []));

describe('by the kind of a fault is decided', () => {
  test('that retrying cannot help until an object changes', () => {
    expect(kinds(({ stalled }) => stalled)).toEqual(['invalid', 'conflict']);
  });

  test('that a pending token stays pending', () => {
    expect(kinds(({ keepsToken }) => keepsToken)).toEqual(['throttled', 'unavailable']);
  });

  test('that a good Secret stays Ready, unless it is somebody else who has it', () => {
    expect(kinds(({ keepsReady }) => !keepsReady)).toEqual(['conflict']);
  });
});

describe('by its reason is decided', () => {
  test('that what is missing may arrive with the next document of the same file', () => {
    const arriving: readonly FaultReason[] = [
      'SourceNotFound',
      'NamespaceNotAllowed',
      'ServiceAccountNotFound',
      'CABundleInvalid',
      'TemplateNotFound',
    ];
    expect(reasons(({ healedBy }) => healedBy === 'arrival')).toEqual(arriving);
  });

  test('that a store which is back, or the first success of another, ends it', () => {
    expect(reasons(({ healedBy }) => healedBy === 'recovery')).toEqual(['Throttled', 'ProviderUnavailable']);
    expect(reasons(({ healedBy }) => healedBy === 'success')).toEqual([
      'AuthFailed',
      'AccessDenied',
      'TargetWriteRefused',
    ]);
  });

  test.each<[string, Fault, boolean]>([
    ['of the API server', kubernetesUnavailable('no answer'), true],
    ['of a store', unavailable('no answer'), false],
    ['of a store that has enough', throttled('later'), false],
    ['of a write that a policy refused', writeRefused('no'), false],
    ['of somebody without rights', accessDenied('no'), false],
    ['of a login', authFailed('no'), false],
    ['of a value', unusable('no'), false],
    ['of a target of somebody else', conflict('no'), false],
    ['of a spec', invalid('InvalidSpec', 'no'), false],
  ])('whether the API server is to blame: trouble %s', (_, fault, blamed) => {
    expect(isApiServerTrouble(fault)).toBe(blamed);
  });
});
