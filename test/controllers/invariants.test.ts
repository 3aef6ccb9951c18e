import { describe, expect, test } from '@jest/globals';
import { type ReferenceBuilder, reference } from './builders.ts';
import { assertConditionInvariants, assertTransitions } from './invariants.ts';

const synced = reference().synced();
const status = synced.parsed.status;

describe('the invariants let pass', () => {
  test.each<[string, ReferenceBuilder]>([
    ['what nobody looked at yet', reference()],
    ['what is in step', synced],
    ['an edit that no reconcile has seen', synced.edited()],
    ['an outage', synced.failing('ProviderUnavailable')],
    [
      'a suspended one of an earlier generation',
      synced.edited().conditions({ Ready: 'Suspended', Synced: '!Suspended' }),
    ],
    ['one that waits', reference().conditions({ Ready: '!Throttled', Synced: '!Throttled', Reconciling: 'Throttled' })],
  ])('%s', (_, builder) => {
    expect(() => assertConditionInvariants(builder.parsed)).not.toThrow();
  });
});

describe('the invariants see', () => {
  test.each<[string, ReferenceBuilder]>([
    ['a missing Synced', synced.conditions({ Ready: 'Synced' })],
    [
      'Reconciling that is False',
      synced.conditions({ Ready: 'Synced', Synced: '!Throttled', Reconciling: '!Throttled' }),
    ],
    [
      'Reconciling and Stalled at once',
      synced.conditions({
        Ready: '!InvalidSpec',
        Synced: '!InvalidSpec',
        Reconciling: 'InvalidSpec',
        Stalled: 'InvalidSpec',
      }),
    ],
    ['Stalled though all is well', synced.conditions({ Ready: 'Synced', Synced: 'Synced', Stalled: 'InvalidSpec' })],
    ['in step and not Ready', synced.conditions({ Ready: '!AccessDenied', Synced: 'Synced' })],
    ['Ready without a target', reference().conditions({ Ready: 'Synced', Synced: '!AccessDenied' })],
    ['Ready with a target of an earlier spec', synced.edited().conditions({ Ready: 'Synced', Synced: 'Synced' })],
    [
      'a reason that is in no table',
      synced.conditions({ Ready: '!Because', Synced: '!Because', Reconciling: 'Because' }),
    ],
    ['conditions of another generation', synced.status({ observedGeneration: 0 })],
    [
      'a generation that is still to come',
      synced.edited().conditions({ Ready: 'Synced', Synced: 'Synced' }).metadata({ generation: 1 }),
    ],
  ])('%s', (_, builder) => {
    expect(() => assertConditionInvariants(builder.parsed)).toThrow('broken');
  });

  test('a transition time that moved without its status', () => {
    const moved = (status?.conditions ?? []).map(each => ({ ...each, lastTransitionTime: 'now' }));
    expect(() => assertTransitions(synced.parsed, synced.status({ conditions: moved }).parsed)).toThrow();
    expect(() => assertTransitions(synced.parsed, synced.failing('AccessDenied').parsed)).not.toThrow();
  });
});
