import type { SecretManager } from './client.ts';
import type { GcpSmSpec } from './spec.ts';

/** One logged-in identity at one Secret Manager: what every step after the login needs. */
export interface Store {
  readonly spec: GcpSmSpec;
  readonly client: SecretManager;
  /** In messages: `Secret Manager of project etl-prod`. */
  readonly name: string;
  /** Whom IAM policies have to name. */
  readonly principal: string;
}
