/** Keys to sign calls with. They never leave the SDK's client. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What a login gave. */
export interface AwsIdentity {
  readonly keys: AwsKeys;
  /** Whose the keys are, for messages: `role arn:aws:iam::123456789012:role/etl`. */
  readonly who: string;
  /** Steady milliseconds, counted from before the call; absent for keys that somebody made and we cannot make again. */
  readonly expiresAt?: number;
}
