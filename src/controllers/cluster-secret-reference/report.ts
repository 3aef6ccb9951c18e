import { annotations as names } from '../../api/annotations.ts';
import {
  type ClusterSecretReference,
  clusterSecretReferenceKind,
} from '../../api/cluster-secret-reference/cluster-secret-reference.ts';
import {
  type ClusterSecretReferenceStatus,
  mostNotReady,
  type NotReady,
} from '../../api/cluster-secret-reference/status.ts';
import type { SecretReference } from '../../api/secret-reference/secret-reference.ts';
import type { Fault } from '../../core/fault.ts';
import type { EventNote } from '../../kube/api.ts';
import { findCondition, type WantedCondition, withConditions } from '../conditions.ts';
import { eventAbout } from '../events.ts';
import type { Todo } from './plan.ts';
import type { Trouble } from './states.ts';

/** One chosen namespace, as it is reported. */
export interface Standing {
  readonly namespace: string;
  readonly state: 'ready' | 'under-way' | 'failed' | 'conflict';
  /** Of those that failed, and of conflicts. */
  readonly trouble?: Trouble;
  /** Absent without a reference of ours. */
  readonly reference?: SecretReference;
}

/** What is reported of a namespace in which that is to do. */
export function standingOf(namespace: string, todo: Todo, refusal: Trouble | undefined): Standing | undefined {
  if (todo.kind === 'none') return undefined;
  if (todo.kind === 'conflict') return { namespace, state: 'conflict', trouble: conflictWith(todo.owner) };
  const reference = todo.kind === 'in-step' || todo.kind === 'patch' ? { reference: todo.reference } : {};
  if (refusal !== undefined) return { namespace, state: 'failed', trouble: refusal, ...reference };
  return todo.kind === 'in-step'
    ? ofReference(namespace, todo.reference)
    : { namespace, state: 'under-way', ...reference };
}

/** It says the rest itself. */
function ofReference(namespace: string, reference: SecretReference): Standing {
  const { metadata, status } = reference;
  const ready = findCondition(status?.conditions, 'Ready');
  if (ready === undefined || status?.observedGeneration !== metadata.generation)
    return { namespace, state: 'under-way', reference };
  if (ready.status === 'True') return { namespace, state: 'ready', reference };
  const stalled = findCondition(status.conditions, 'Stalled')?.status === 'True';
  return { namespace, state: 'failed', trouble: { reason: ready.reason, stalled }, reference };
}

function conflictWith(owner: string): Trouble {
  const whose = owner === '' ? 'was made by somebody else' : `belongs to ${owner}`;
  const message = `a SecretReference of that name ${whose} and was left as it is: delete it, or leave out its namespace`;
  return { reason: 'ReferenceConflict', message, stalled: true };
}

/** What is seen of all chosen namespaces. */
export function statusAfter(
  { metadata, status }: ClusterSecretReference,
  standings: readonly Standing[],
  token: string | undefined,
  wallMs: number,
): ClusterSecretReferenceStatus {
  const count = (state: Standing['state']): number => standings.filter(each => each.state === state).length;
  const namespaces = {
    matched: standings.length,
    ready: count('ready'),
    failed: count('failed'),
    conflicts: count('conflict'),
  };
  const troubled = standings
    .filter(({ trouble }) => trouble !== undefined)
    .toSorted((a, b) => (a.namespace < b.namespace ? -1 : 1));
  const rotation = rotationAfter(status?.rotation, standings, token);
  return {
    observedGeneration: metadata.generation,
    conditions: conditionsAfter(status, conditionsOf(standings, troubled), metadata.generation, wallMs),
    namespaces,
    notReady: troubled.slice(0, mostNotReady).map(notReady),
    ...(rotation === undefined ? {} : { rotation }),
  };
}

/** That nothing can be done: what is known of the namespaces stays. */
export function statusRefused(
  { metadata, status }: ClusterSecretReference,
  { reason, message }: Pick<WantedCondition, 'reason' | 'message'>,
  wallMs: number,
): ClusterSecretReferenceStatus {
  const wanted: readonly WantedCondition[] = [
    { type: 'Ready', status: 'False', reason, message },
    { type: 'Stalled', status: 'True', reason, message },
  ];
  return {
    ...status,
    notReady: status?.notReady ?? [],
    observedGeneration: metadata.generation,
    conditions: conditionsAfter(status, wanted, metadata.generation, wallMs),
  };
}

export const notEnabled = {
  reason: 'NotEnabled',
  message:
    'this operator does not serve ClusterSecretReferences: install the chart with scope.clusterReferences true, or run it with --cluster-references',
} as const;

export const refusedFor = ({ reason, message }: Fault) => ({ reason, message });

const conditionsAfter = (
  status: ClusterSecretReferenceStatus | undefined,
  wanted: readonly WantedCondition[],
  generation: number,
  wallMs: number,
) => [...withConditions(status?.conditions ?? [], wanted, generation, wallMs)];

function conditionsOf(all: readonly Standing[], troubled: readonly Standing[]): readonly WantedCondition[] {
  const missing = all.filter(({ state }) => state !== 'ready').length;
  if (missing === 0) {
    const message = all.length === 0 ? 'no namespace is chosen' : `${inAll(all.length)} have their SecretReference`;
    return [{ type: 'Ready', status: 'True', reason: 'Synced', message }];
  }
  const isStalled = troubled.length === missing && troubled.every(({ trouble }) => trouble?.stalled === true);
  const { reason } =
    isStalled && troubled.every(({ state }) => state === 'conflict') ? whyNot.conflicts : whyNot.others;
  const named = troubled.slice(0, 3).map(({ namespace, trouble }) => `${namespace} (${trouble?.reason})`);
  const message = [`${missing} of ${inAll(all.length)} are not ready`, ...named].join(named.length === 0 ? '' : ', ');
  return [
    { type: 'Ready', status: 'False', reason, message },
    { type: isStalled ? 'Stalled' : 'Reconciling', status: 'True', reason, message },
  ];
}

const whyNot = { conflicts: { reason: 'ReferenceConflict' }, others: { reason: 'ReferencesNotReady' } } as const;
const inAll = (count: number): string => `${count} namespace${count === 1 ? '' : 's'}`;

const notReady = ({ namespace, trouble }: Standing): NotReady => ({
  namespace,
  reason: trouble?.reason ?? '',
  ...(trouble?.message === undefined ? {} : { message: trouble.message }),
});

type Rotation = ClusterSecretReferenceStatus['rotation'];

/** A token that all have answered stays answered, whoever comes later: those get the newest values by their first sync. */
function rotationAfter(before: Rotation, standings: readonly Standing[], token: string | undefined): Rotation {
  if (token === undefined) return before;
  const awaited = standings.filter(({ state }) => state !== 'conflict');
  const has = (field: 'lastHandled' | 'lastSucceeded') =>
    awaited.every(({ reference }) => answers(reference, token, field));
  if (before?.lastHandled === token && before.lastSucceeded === token) return before;
  const after = {
    ...before,
    ...(has('lastHandled') ? { lastHandled: token } : {}),
    ...(has('lastSucceeded') ? { lastSucceeded: token } : {}),
  };
  return Object.keys(after).length === 0 ? undefined : after;
}

/** Whoever put another token there after ours has asked for newer values still. */
function answers(
  reference: SecretReference | undefined,
  token: string,
  field: 'lastHandled' | 'lastSucceeded',
): boolean {
  if (reference?.metadata.annotations[names.clusterRotate] !== token) return false;
  const current = reference.metadata.annotations[names.rotate] ?? token;
  return reference.status?.rotation?.[field] === current;
}

/** Of its state: on change only, never one for each namespace. What is under way is no news. */
export function eventsOf(
  { metadata, status }: ClusterSecretReference,
  after: ClusterSecretReferenceStatus,
): readonly EventNote[] {
  const ready = findCondition(after.conditions, 'Ready');
  const news = newsIn(after);
  if (ready === undefined || news === undefined || news === newsIn(status)) return [];
  return [eventOf(metadata, ready.status === 'True' ? 'Normal' : 'Warning', news, ready.message)];
}

function newsIn(status: ClusterSecretReferenceStatus | undefined): string | undefined {
  const ready = findCondition(status?.conditions, 'Ready');
  const isStalled = findCondition(status?.conditions, 'Stalled') !== undefined;
  const isNews = ready?.status === 'True' || isStalled || (status?.notReady ?? []).length > 0;
  return isNews ? ready?.reason : undefined;
}

export const tokenRefused = ({ metadata }: ClusterSecretReference): EventNote =>
  eventOf(metadata, 'Warning', 'TokenRefused', unusableToken);

const unusableToken = `the token in annotation ${names.rotate} is not passed on: it must have at most 256 bytes, no control characters and no line breaks`;

const eventOf = (
  metadata: ClusterSecretReference['metadata'],
  type: EventNote['type'],
  reason: string,
  note: string,
): EventNote => eventAbout(clusterSecretReferenceKind, metadata, { type, action: 'Generate', reason, note });
