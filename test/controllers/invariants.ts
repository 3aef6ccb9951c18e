import { expect } from '@jest/globals';
import { reasons } from '../../src/api/conditions.ts';
import type { SecretReference } from '../../src/api/secret-reference/secret-reference.ts';

/** What holds of a reference's status after every reconcile, whatever happened. Run it after each test. */
export function assertConditionInvariants(reference: SecretReference): void {
  const { namespace, name } = reference.metadata;
  const broken = laws.filter(({ holds }) => !holds(reference)).map(({ law }) => law);
  const conditions = reference.status?.conditions;
  expect({ reference: `${namespace}/${name}`, broken, conditions }).toMatchObject({ broken: [] });
}

interface Law {
  readonly law: string;
  readonly holds: (reference: SecretReference) => boolean;
}

const laws: readonly Law[] = [
  { law: 'Ready and Synced are there once anything is reported', holds: r => isSilent(r) || hasBoth(r) },
  { law: 'each type is there once', holds: r => new Set(types(r)).size === types(r).length },
  { law: 'Reconciling and Stalled are there only while they are True', holds: r => auxiliary(r).every(isTrue) },
  { law: 'Reconciling and Stalled are never there at once', holds: r => auxiliary(r).length < 2 },
  {
    law: 'nothing is Reconciling or Stalled when all is well',
    holds: r => !(is(r, 'Ready') && is(r, 'Synced')) || auxiliary(r).length === 0,
  },
  { law: 'what is in step is Ready', holds: r => !is(r, 'Synced') || is(r, 'Ready') },
  { law: 'Ready names a target', holds: r => !is(r, 'Ready') || r.status?.target !== undefined },
  {
    law: 'Ready speaks of the current spec, unless it is suspended',
    holds: r => !is(r, 'Ready') || isSuspended(r) || !isObserved(r) || isCurrent(r),
  },
  {
    law: 'each reason is in the table',
    holds: r => conditions(r).every(({ reason }) => Object.hasOwn(reasons, reason)),
  },
  { law: 'each message says something', holds: r => conditions(r).every(({ message }) => message.trim() !== '') },
  {
    law: 'conditions and status speak of one generation, and of none to come',
    holds: ({ metadata, status }) =>
      (status?.observedGeneration ?? 0) <= metadata.generation &&
      (status?.conditions ?? []).every(each => each.observedGeneration === status?.observedGeneration),
  },
];

/** `lastTransitionTime` moves when the status of a condition does, and never otherwise. */
export function assertTransitions(before: SecretReference, after: SecretReference): void {
  const moved = conditions(after).filter(condition => {
    const earlier = conditions(before).find(({ type }) => type === condition.type);
    return earlier?.status === condition.status && earlier.lastTransitionTime !== condition.lastTransitionTime;
  });
  expect(moved).toEqual([]);
}

const conditions = ({ status }: SecretReference) => status?.conditions ?? [];
const types = (reference: SecretReference): readonly string[] => conditions(reference).map(({ type }) => type);
const isTrue = ({ status }: { readonly status: string }): boolean => status === 'True';
const is = (reference: SecretReference, type: string): boolean =>
  conditions(reference).some(each => each.type === type && isTrue(each));
const auxiliary = (reference: SecretReference) =>
  conditions(reference).filter(({ type }) => type === 'Reconciling' || type === 'Stalled');
const isSilent = (reference: SecretReference): boolean => conditions(reference).length === 0;
const hasBoth = (reference: SecretReference): boolean =>
  ['Ready', 'Synced'].every(type => types(reference).includes(type));
const isSuspended = (reference: SecretReference): boolean =>
  conditions(reference).some(({ reason }) => reason === 'Suspended');
/** An edit that no reconcile has seen yet is nobody's fault. */
const isObserved = ({ metadata, status }: SecretReference): boolean =>
  status?.observedGeneration === metadata.generation;
const isCurrent = ({ metadata, status }: SecretReference): boolean =>
  status?.target?.generation === metadata.generation;
