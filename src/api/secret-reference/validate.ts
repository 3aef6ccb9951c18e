import * as z from 'zod';
import { parseDuration } from '../../core/duration.ts';
import { CaBundle } from '../../providers/kit/fields.ts';
import { opaque } from '../../schema/opaque.ts';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, type Rule, withRules } from '../../schema/rule.ts';
import { boundedDuration } from '../fields.ts';
import { readsSecret, ValidationPod } from './validation-pod.ts';

/** Who tries a newer value before anybody else has it: a Job, or a service of the team's own. */

const defaultTimeout = '5m';

const reachesPods: Rule<{ readonly env?: boolean | undefined; readonly mountPath?: string | undefined }> = {
  cel: '(has(self.env) && self.env) || has(self.mountPath)',
  message: 'set env: true, mountPath or both: the Job would not get the values that it has to try',
  holds: ({ env, mountPath }) => env === true || mountPath !== undefined,
};

const ValidationJob = withRules(
  z.object({
    template: opaque(ValidationPod, 32_768).meta({
      description:
        'The pod template of the Job: metadata with labels and annotations, and spec with containers, initContainers, volumes (emptyDir, configMap, secret), imagePullSecrets, serviceAccountName, automountServiceAccountToken, nodeSelector, tolerations and securityContext. It runs under the restricted pod security standard. It may not read the live Secret.',
    }),
    env: z.boolean().exactOptional().meta({
      description: 'When true, each container gets the keys of the newer value as environment variables.',
    }),
    mountPath: z
      .string()
      .max(256)
      .regex(/^\/[^:]*$/, { error: 'must be an absolute path, such as /candidate' })
      .exactOptional()
      .meta({ description: 'Where each container finds the keys of the newer value as files.' }),
    backoffLimit: z.int().min(0).max(6).exactOptional().meta({
      description: 'How often Kubernetes tries again after a pod that failed. Default: 0.',
    }),
  }),
  reachesPods,
).meta({
  description: 'A Job, in the namespace of the reference, that gets the newer value and has to succeed.',
});
export type ValidationJob = Parsed<typeof ValidationJob>;

const ValidationHttp = z
  .object({
    url: z
      .string()
      .min(1)
      .max(1024)
      .regex(/^https?:\/\/[A-Za-z0-9._:[\]-]+(\/[A-Za-z0-9._~/?&=%:!$'()*+,;-]*)?$/, {
        error: 'must be a URL such as https://checker.team.svc/validate, without user name, password and fragment',
      })
      // Only here: what a port and a host may be is beyond a pattern.
      .refine(url => URL.canParse(url), { error: 'has a host or a port that cannot be one' })
      .meta({ description: 'Where to. By http:// only where the operator allows it for namespaced sources.' }),
    caBundle: CaBundle.exactOptional().meta({
      description:
        'Certificate authorities that may sign the certificate of the service, from the namespace of the reference. Default: those of the operator.',
    }),
  })
  .meta({
    description:
      'A service that is told namespace, reference, run and the names of the Secrets in a POST, and no value. An answer 2xx passes, 4xx fails; others, and none, are asked again until timeout.',
  });
export type ValidationHttp = Parsed<typeof ValidationHttp>;

export const ValidateSpec = withRules(
  z.object({
    timeout: boundedDuration('10s', '24h')
      .exactOptional()
      .meta({ description: `How long it may take in all. Default: ${defaultTimeout}.` }),
    job: ValidationJob.exactOptional(),
    http: ValidationHttp.exactOptional(),
  }),
  exactlyOne('job', 'http'),
).meta({
  description:
    'A newer value is tried before consumers see it: what fails is published to nobody, and the values before stay.',
});
export type ValidateSpec = Parsed<typeof ValidateSpec>;

/** Milliseconds. */
export const validateTimeoutMs = ({ timeout = defaultTimeout }: ValidateSpec): number => parseDuration(timeout) ?? 0;

/** What is wrong with a validation for a target of that name, which only its reference knows. */
export const validateFlaw = (spec: ValidateSpec | undefined, target: string): string | undefined =>
  spec?.job !== undefined && readsSecret(spec.job.template, target)
    ? `spec.rotation.validate.job.template: reads the Secret ${target}, which has the values before: take them from env or mountPath of the job`
    : undefined;
