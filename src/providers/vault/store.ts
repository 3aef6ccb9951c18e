import type { Clock } from '../../core/clock.ts';
import type { TokenUses, VaultClient } from './client.ts';
import type { VaultSpec } from './spec.ts';

/** One logged-in identity at one store: what every step after the login needs. */
export interface Store {
  /** As `storeName` says it. */
  readonly name: string;
  readonly spec: VaultSpec;
  /** In the namespace of the KV engine. */
  readonly client: VaultClient;
  /** In that of the login, where the store is asked about the token itself. */
  readonly account: VaultClient;
  /** How often the token may still be used, if that has a limit. */
  readonly uses?: TokenUses;
  readonly clock: Clock;
}

/** How messages name the store: `Vault at vault.example.com:8200`. */
export const storeName = (spec: VaultSpec): string => `Vault at ${URL.parse(spec.address)?.host ?? 'its address'}`;

/** ` in namespace "team"`, or nothing. */
export const inNamespace = ({ namespace }: Pick<VaultSpec, 'namespace'>): string =>
  namespace ? ` in namespace "${namespace}"` : '';

/** Where the login is made; undefined: in the root. */
export function loginNamespace({ auth, namespace }: VaultSpec): string | undefined {
  const own = auth.namespace ?? namespace;
  return own === 'root' ? undefined : own;
}

/** What a policy lacks. It lives where the login is made, and has the paths from there on. */
export function missingRule(spec: VaultSpec, path: string, capabilities: readonly string[]): string {
  const namespace = loginNamespace(spec);
  return `its policy${inNamespace({ namespace })} needs ${policyRule(spec, path, capabilities)}`;
}

/** A line of a policy of the login. */
export function policyRule(spec: VaultSpec, path: string, capabilities: readonly string[]): string {
  const granted = capabilities.map(each => `"${each}"`).join(', ');
  return `path "${fromThere(loginNamespace(spec), spec.namespace)}${path}" { capabilities = [${granted}] }`;
}

function fromThere(login: string | undefined, engine: string | undefined): string {
  if (engine === undefined || engine === 'root' || engine === login) return '';
  if (login === undefined) return `${engine}/`;
  return engine.startsWith(`${login}/`) ? `${engine.slice(login.length + 1)}/` : '';
}
