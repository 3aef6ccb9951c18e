import { annotations as names } from '../../api/annotations.ts';
import type { SecretReference } from '../../api/secret-reference.ts';
import type { Requested } from './nouns/observed.ts';
import type { ReferenceState } from './nouns/reference-state.ts';

export function requested(reference: SecretReference): Requested {
  const { annotations } = reference.metadata;
  const handled = reference.status?.rotation;
  const rotate = annotations[names.rotate];
  const forceSync = annotations[names.forceSync];
  return {
    ...(isNew(rotate, handled?.lastHandled) ? { rotate } : {}),
    ...(isNew(forceSync, handled?.lastForceSync) ? { forceSync } : {}),
  };
}

export const isRequested = ({ rotate, forceSync }: Requested): boolean =>
  rotate !== undefined || forceSync !== undefined;

/** The annotation whose token cannot be answered: it would have to be in status and annotations as it is. */
export function unusableToken(reference: SecretReference): string | undefined {
  return [names.rotate, names.forceSync].find(name => {
    const token = reference.metadata.annotations[name];
    return token !== undefined && token !== '' && !isUsable(token);
  });
}

const isNew = (token: string | undefined, handled: string | undefined): token is string =>
  token !== undefined && token !== '' && token !== handled && isUsable(token);

const isUsable = (token: string): boolean => Buffer.byteLength(token) <= 256 && !/[\p{Cc}\u2028\u2029]/u.test(token);

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
