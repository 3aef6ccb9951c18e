import { annotations } from '../../../api/annotations.ts';
import type { Reason } from '../../../api/conditions.ts';
import type { RotationStatus, SecretReferenceStatus } from '../../../api/secret-reference/status.ts';
import { timestamp } from '../../../core/clock.ts';
import { type Fault, faultPolicy } from '../../../core/fault.ts';
import { waitingTokens } from '../../secret-rotation/gate.ts';
import type { Observed, Requested } from '../nouns/observed.ts';
import type { Ended, Outcome, Synced } from '../nouns/outcome.ts';
import { mergeStateIn } from '../nouns/target-marks.ts';
import { isRequested } from '../rotation.ts';

/**
 * The requested rotations after a reconcile. `lastHandled` moves with each answer, `lastSucceeded` with Rotated and
 * NoChange. While the store cannot answer and while the reference is suspended, the token stays pending.
 */
export function rotationAfter(
  observed: Observed,
  outcome: Outcome,
  wallMs: number,
): Pick<SecretReferenceStatus, 'rotation'> {
  const before = observed.reference.status?.rotation;
  const answer = answerOf(observed, outcome);
  if (answer === undefined) return before === undefined ? {} : { rotation: before };
  const { lastHandled, lastSucceeded, lastForceSync } = { ...before, ...answer.tokens };
  return {
    rotation: {
      ...(lastHandled === undefined ? {} : { lastHandled }),
      ...(lastSucceeded === undefined ? {} : { lastSucceeded }),
      ...(lastForceSync === undefined ? {} : { lastForceSync }),
      ...answer.result,
      time: timestamp(wallMs),
    },
  };
}

interface Answered {
  readonly tokens: Pick<RotationStatus, 'lastHandled' | 'lastSucceeded' | 'lastForceSync'>;
  readonly result: Pick<RotationStatus, 'result' | 'reason' | 'message'>;
}

function answerOf(observed: Observed, outcome: Outcome): Answered | undefined {
  switch (outcome.kind) {
    case 'suspended':
    case 'aged':
    case 'held':
      return undefined;
    case 'ended':
      return afterRun(observed, outcome);
    case 'synced':
      return isRequested(outcome.plan.asked) ? succeeded(observed, outcome) : undefined;
    case 'failed':
    case 'gone': {
      // With the Secret goes what waited to be published in it.
      const waited = outcome.kind === 'gone' ? waitingTokens(observed.reference.status?.candidate) : {};
      const asked = { ...waited, ...observed.asked };
      return isRequested(asked) && !faultPolicy[outcome.fault.kind].keepsToken
        ? failedWith(asked, outcome.fault)
        : undefined;
    }
    default:
      return outcome satisfies never;
  }
}

/** A Secret that names the token already was written for it, by a reconcile that did not live to report it. */
function succeeded(observed: Observed, { plan: { asked }, settled }: Synced): Answered {
  const writtenBefore = asked.rotate !== undefined && writtenFor(observed).includes(asked.rotate);
  const rotated = settled.contentChanged || writtenBefore;
  const reason: Reason = 'Synced';
  return {
    tokens: { ...handled(asked), ...(asked.rotate === undefined ? {} : { lastSucceeded: asked.rotate }) },
    result: { result: rotated ? 'Rotated' : 'NoChange', reason },
  };
}

/** Whoever asked waits until the end of the run. One that another run took the place of asks again. */
function afterRun(
  { reference: { status } }: Observed,
  { turn: { result, reason, message } }: Ended,
): Answered | undefined {
  const asked = waitingTokens(status?.candidate);
  if (!isRequested(asked) || result === 'Superseded' || result === 'NoChange') return undefined;
  const succeeds = result === 'Rotated' && asked.rotate !== undefined ? { lastSucceeded: asked.rotate } : {};
  return {
    tokens: { ...handled(asked), ...succeeds },
    result: { result, reason, ...(message === '' ? {} : { message }) },
  };
}

/** The token on the target, or in what a Merge wrote down on its host. */
const writtenFor = ({ target, reference }: Observed): readonly (string | undefined)[] =>
  target === undefined
    ? []
    : [target.annotations[annotations.rotatedFor], mergeStateIn(target, reference.metadata.uid)?.token];

const failedWith = (asked: Requested, { reason, message }: Fault): Answered => ({
  tokens: handled(asked),
  result: { result: 'Failed', reason, message },
});

const handled = ({ rotate, forceSync }: Requested): Answered['tokens'] => ({
  ...(rotate === undefined ? {} : { lastHandled: rotate }),
  ...(forceSync === undefined ? {} : { lastForceSync: forceSync }),
});
