import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { invalidSpec } from '../../../src/core/fault.ts';
import { failed, ok } from '../../../src/core/result.ts';
import { SecretValue } from '../../../src/core/secret-value.ts';
import type { ProviderTransport } from '../../../src/net/transport.ts';
import { createProviderTransport } from '../../../src/net/transport.ts';
import type { ProviderPorts, ProviderSession } from '../../../src/providers/provider.ts';
import { vault } from '../../../src/providers/vault/index.ts';
import { VaultSpec } from '../../../src/providers/vault/spec.ts';

export const never = new AbortController().signal;

const opened: ProviderTransport[] = [];

/** Loopback and plain http are open: the servers of these tests are there. */
export function transport(deadlineMs = 5000, authorities?: readonly string[]): ProviderTransport {
  const egress = { namespaced: false, allowInsecure: true, allow: [], deny: [] };
  const made = createProviderTransport({ egress, deadlineMs, ...(authorities && { authorities }) });
  opened.push(made);
  return made;
}

export async function closeTransports(): Promise<void> {
  for (const each of opened.splice(0)) await each.close();
}

export interface PortValues {
  readonly token?: string;
  readonly credentials?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
  readonly authorities?: readonly string[];
  readonly clock?: Clock;
}

export function ports({
  token,
  credentials = {},
  deadlineMs,
  authorities,
  clock = systemClock,
}: PortValues = {}): ProviderPorts {
  return {
    clock,
    http: transport(deadlineMs, authorities),
    clusterAddress: 'https://127.0.0.1:1',
    token: async () => (token === undefined ? failed(invalidSpec('no token')) : ok(SecretValue.fromText(token))),
    credential: async ({ key }) => {
      const value = credentials[key];
      return value === undefined ? failed(invalidSpec(`no credential ${key}`)) : ok(SecretValue.fromText(value));
    },
  };
}

/** Parsed as the controller does it, defaults and all. */
export const spec = (given: object): VaultSpec => VaultSpec.parse(given);

export const tokenAuth = { token: { secretRef: { name: 'vault-token', key: 'token' } } };
export const appRoleAuth = {
  appRole: { roleIdRef: { name: 'role', key: 'role-id' }, secretIdRef: { name: 'role', key: 'secret-id' } },
};

export async function loggedIn(given: VaultSpec, values: PortValues): Promise<ProviderSession> {
  const session = await vault.login(given, ports(values), never);
  if (!session.ok) throw new Error(`login failed: ${session.fault.message}`);
  return session.value;
}

/** Of OpenBao's answer to `auth/token/create`. */
export function tokenOf(answer: unknown): string {
  const found = /"client_token":"([^"]+)"/.exec(JSON.stringify(answer))?.[1];
  if (found === undefined) throw new Error('no token was made');
  return found;
}
