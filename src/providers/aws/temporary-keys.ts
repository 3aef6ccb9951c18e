import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { AwsIdentity } from './identity.ts';

/** Temporary keys, as STS, the Pod Identity agent and the metadata service all hand them out but for one name. */
export const TemporaryKeys = z.object({
  AccessKeyId: z.string().regex(/^\w{16,128}$/),
  SecretAccessKey: z.string().regex(/^[\x21-\x7e]{1,256}$/),
  SessionToken: z.string().regex(/^[\x21-\x7e]{1,16384}$/),
  Expiration: z.coerce.date(),
});
export type TemporaryKeys = z.infer<typeof TemporaryKeys>;

/** When a login began, on both clocks: AWS says the end in its own time, sessions end in steady time. */
export interface StartTimes {
  readonly wall: number;
  readonly steady: number;
}

export const startTimes = (clock: Clock): StartTimes => ({ wall: clock.wall(), steady: clock.steady() });

/** Temporary keys as an identity. */
export function temporary(keys: TemporaryKeys, who: string, { wall, steady }: StartTimes): AwsIdentity {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = keys;
  const expiresAt = steady + keys.Expiration.getTime() - wall;
  return { keys: { accessKeyId, secretAccessKey, sessionToken }, who, expiresAt };
}
