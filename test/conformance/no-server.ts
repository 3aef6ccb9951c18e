import type { BoundProvider, ProviderPorts, ProviderSession } from '../../src/providers/provider.ts';
import type { Harness, Seen } from './harness.ts';

/** What a provider without a server gives besides its own hands: nobody is called, so its sessions are what is watched. */
export function withoutServer(
  bound: () => BoundProvider,
  ports: Partial<ProviderPorts> = {},
): Pick<Harness, 'provider' | 'misbehave' | 'seen' | 'records' | 'pins' | 'deniedKey' | 'key' | 'spellings'> {
  const seen: Seen[] = [];
  const login: BoundProvider['login'] = async (given, signal) => {
    const session = await bound().login({ ...given, ...ports }, signal);
    // Each call by the provider of that moment: a source whose spec changes has another one.
    const current = async (): Promise<ProviderSession> => {
      const again = await bound().login({ ...given, ...ports }, signal);
      if (!again.ok) throw new Error(again.fault.message);
      return again.value;
    };
    if (!session.ok) return session;
    return {
      ok: true,
      value: {
        ...session.value,
        read: async (request, stop) => {
          seen.push({ kind: 'read', keys: 1 });
          return (await current()).read(request, stop);
        },
        list: async (request, stop) => {
          seen.push({ kind: 'list' });
          return (await current()).list?.(request, stop) ?? { ok: true, value: [] };
        },
      },
    };
  };
  return {
    provider: { ...bound(), login },
    key: name => `open/${name}`,
    deniedKey: 'locked/denied',
    spellings: [
      ['locked/./denied', 'refused'],
      ['open/../locked/denied', 'refused'],
      ['/locked/denied', 'refused'],
      ['locked/denied/', 'refused'],
    ],
    pins: [],
    misbehave: () => undefined,
    seen: () => seen,
    records: async () => '',
  };
}
