import type { Clock } from '../../core/clock.ts';
import type { VaultClient } from './client.ts';
import type { VaultSpec } from './spec.ts';

/** One logged-in identity at one store: what every step after the login needs. */
export interface Store {
  readonly spec: VaultSpec;
  readonly client: VaultClient;
  readonly clock: Clock;
}

/** How messages name the store: `Vault at vault.example.com:8200`. */
export const storeName = (spec: VaultSpec): string => `Vault at ${URL.parse(spec.address)?.host ?? 'its address'}`;

/** ` in namespace "team"`, or nothing. */
export const inNamespace = ({ namespace }: VaultSpec): string => (namespace ? ` in namespace "${namespace}"` : '');
