import { type ValidateSpec, validateFlaw } from '../../../api/secret-reference/validate.ts';
import { ok, type Result } from '../../../core/result.ts';
import type { Progress, Run, Stage, StagePorts } from './stage.ts';
import { validateByHttp } from './validate-http.ts';
import { cleanUpJob, validateByJob } from './validate-job.ts';

/** Has the candidate tried by a Job, or by a service of the team's own, before anybody else gets it. */
export const validate: Stage = {
  name: 'Validate',
  isAsked: ({ validate }) => validate !== undefined,
  advance: async (run, ports, signal) => {
    const spec = run.rotation.validate;
    return spec === undefined ? ok({ kind: 'passed' }) : judged(spec, run, ports, signal);
  },
  cleanUp: cleanUpJob,
};

async function judged(spec: ValidateSpec, run: Run, ports: StagePorts, signal: AbortSignal): Promise<Result<Progress>> {
  const flaw = validateFlaw(spec, run.target);
  if (flaw !== undefined) return ok({ kind: 'failed', reason: 'InvalidSpec', message: flaw });
  if (spec.job !== undefined) return validateByJob(run, spec, spec.job, ports, signal);
  return spec.http === undefined ? ok({ kind: 'passed' }) : validateByHttp(run, spec, spec.http, ports, signal);
}
