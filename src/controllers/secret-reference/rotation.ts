import { annotations as names } from '../../api/annotations.ts';
import type { SecretReference } from '../../api/secret-reference/secret-reference.ts';
import type { Requested } from './nouns/observed.ts';
import type { ReferenceState } from './nouns/reference-state.ts';

export function requested(reference: SecretReference): Requested {
  const { annotations } = reference.metadata;
  const { rotation: handled, candidate } = reference.status ?? {};
  const rotate = annotations[names.rotate];
  const forceSync = annotations[names.forceSync];
  return {
    ...(isNew(rotate, handled?.lastHandled, candidate?.rotate) ? { rotate } : {}),
    ...(isNew(forceSync, handled?.lastForceSync, candidate?.forceSync) ? { forceSync } : {}),
  };
}

export const isRequested = ({ rotate, forceSync }: Requested): boolean =>
  rotate !== undefined || forceSync !== undefined;

/** The annotation whose token cannot be answered: it would have to be in status and annotations as it is. */
export function unusableToken(reference: SecretReference): string | undefined {
  return [names.rotate, names.forceSync].find(name => {
    const token = reference.metadata.annotations[name];
    return token !== undefined && token !== '' && !isUsableToken(token);
  });
}

/** `seen`: those that were answered, or wait with a candidate. */
const isNew = (token: string | undefined, ...seen: readonly (string | undefined)[]): token is string =>
  token !== undefined && token !== '' && !seen.includes(token) && isUsableToken(token);

/** It has to be in status and annotations as it is. */
export const isUsableToken = (token: string): boolean =>
  Buffer.byteLength(token) <= 256 && !/[\p{Cc}\u2028\u2029]/u.test(token);

const burst = 10;
const perMs = 1 / 1000;

/** One reference may ask for ten reads at once and one a second after that. */
export interface Allowance {
  readonly bucket: NonNullable<ReferenceState['bucket']>;
  /** Steady milliseconds at which the next read by token may start; now or earlier when it may start now. */
  readonly readyAt: number;
}

export function allowance(bucket: ReferenceState['bucket'], now: number): Allowance {
  const left = bucket === undefined ? burst : Math.min(burst, bucket.left + (now - bucket.at) * perMs);
  if (left >= 1) return { bucket: { left: left - 1, at: now }, readyAt: now };
  return { bucket: bucket ?? { left, at: now }, readyAt: now + (1 - left) / perMs };
}
