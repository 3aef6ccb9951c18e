import { objectKey } from '../../../core/object-key.ts';
import { ok } from '../../../core/result.ts';
import type { Progress, Run, Stage } from './stage.ts';

/** Waits until somebody who may has written `spec.approval` of the record. Who may is for the admission policy to say. */
export const approval: Stage = {
  name: 'Approval',
  isAsked: rotation => rotation.approval?.required === true,
  advance: async run => ok(decided(run)),
};

function decided({ record: { metadata, spec } }: Run): Progress {
  const given = spec.ok ? spec.value.approval : undefined;
  const key = objectKey(metadata.namespace, metadata.name);
  if (given === undefined)
    return {
      kind: 'waiting',
      reason: 'ApprovalPending',
      message: `somebody with the verb approve on secretrotations has to set spec.approval of SecretRotation ${key}`,
    };
  return given.decision === 'Approved'
    ? { kind: 'passed', message: `approved by ${given.by}` }
    : {
        kind: 'failed',
        reason: 'ApprovalDenied',
        message: `denied by ${given.by}: put another value into the store, or ask for another rotation`,
      };
}
