import type { SecretReferenceSpec } from '../../api/secret-reference/secret-reference.ts';
import type { SourcePolicy } from '../../api/secret-source/policy.ts';
import { type Fault, invalid, tooLarge } from '../../core/fault.ts';
import { bytesOf, type Desired } from './nouns/desired.ts';
import type { UsableSource, Wanted } from './nouns/observed.ts';

/** What the sources of a reference ask of it: each names its own rule, so that its owner can be asked about it. */

/** What is asked of the reference itself; keys are judged where they are read. */
type Asks = Omit<SourcePolicy, 'deniedKeys'>;
type Rule = (spec: SecretReferenceSpec, policy: Asks) => string | undefined;

/** First match wins. */
const rules: readonly Rule[] = [typeNotAllowed, refreshedTooOften, ownerMissing];

/** The first rule that a spec does not keep. */
export function refusedByPolicy(
  spec: SecretReferenceSpec,
  asked: Pick<Wanted, 'reads' | 'searches'>,
): Fault | undefined {
  for (const { policy, access } of sourcesOf(asked)) {
    const why = brokenRule(spec, policy);
    if (why !== undefined) return invalid('RefusedByPolicy', `${access.label} ${why}`);
  }
  return undefined;
}

/** The end of a sentence that begins with the source. */
export function brokenRule(spec: SecretReferenceSpec, policy: Asks): string | undefined {
  for (const rule of rules) {
    const why = rule(spec, policy);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** What would be written, against the smallest bound of all that it comes from. */
export function largerThanPolicy(desired: Desired, asked: Pick<Wanted, 'reads' | 'searches'>): Fault | undefined {
  if (desired.kind === 'none') return undefined;
  const bytes = Math.max(...desired.secrets.map(({ data }) => bytesOf(data)));
  const source = sourcesOf(asked).find(({ policy }) => bytes > (policy.maxSecretBytes ?? Number.POSITIVE_INFINITY));
  if (source === undefined) return undefined;
  return tooLarge(
    `Secret ${desired.secrets[0].name} would hold ${bytes} bytes, and spec.policy.maxSecretBytes of ${source.access.label} is ` +
      `${source.policy.maxSecretBytes}: ask for fewer keys, or ask its owner to raise it`,
  );
}

const sourcesOf = ({ reads, searches }: Pick<Wanted, 'reads' | 'searches'>): readonly UsableSource[] => [
  ...new Map([...reads, ...searches].map(({ source }) => [source.access.uid, source])).values(),
];

function typeNotAllowed({ target }: SecretReferenceSpec, { targetTypes }: Asks): string | undefined {
  if (targetTypes === undefined || targetTypes.includes(target.type)) return undefined;
  return `lets nobody write a Secret of type ${target.type}: its spec.policy.targetTypes has ${targetTypes.join(', ')} only`;
}

function refreshedTooOften(spec: SecretReferenceSpec, policy: Asks): string | undefined {
  const { minRefreshInterval: least = 0 } = policy;
  const { refreshPolicy, refreshInterval } = spec;
  if (refreshPolicy !== 'Periodic' || refreshInterval === 0 || refreshInterval >= least) return undefined;
  return `is not to be asked so often: its spec.policy.minRefreshInterval is ${least / 1000}s; raise spec.refreshInterval, or set it to "0s"`;
}

function ownerMissing({ owner }: SecretReferenceSpec, policy: Asks): string | undefined {
  if (!policy.ownerRequired || owner !== undefined) return undefined;
  return 'asks who answers for a Secret (its spec.policy.ownerRequired): set spec.owner';
}
