import type { Fault } from '../../core/fault.ts';
import { accessDenied, invalid } from '../../core/fault.ts';
import { transportFault } from '../transport-fault.ts';
import { understood } from '../understood.ts';
import { MountAnswer } from './answers.ts';
import { notVault, statusFault } from './faults.ts';
import { encodePath } from './paths.ts';
import { rememberFor } from './remember.ts';
import type { Store } from './store.ts';
import { inNamespace, storeName } from './store.ts';

/**
 * Two questions that a 403 and a 404 leave open. Both are asked once for all reads that wonder at the same time, so
 * that 2,000 missing keys do not cost 4,000 requests.
 */
export interface Checks {
  /** `proved`: the mount is a KV engine of the configured version, so its "not here" is true. Otherwise why not. */
  mount(signal: AbortSignal): Promise<'proved' | Fault>;
  /** Whether the store still knows our token. */
  token(signal: AbortSignal): Promise<'alive' | 'dead' | Fault>;
}

export function createChecks(store: Store): Checks {
  const certain = (answer: string | Fault) =>
    typeof answer === 'string' || answer.kind === 'invalid' || answer.kind === 'denied';
  return {
    mount: rememberFor(10_000, store.clock, certain, signal => checkMount(store, signal)),
    token: rememberFor(2_000, store.clock, certain, signal => checkToken(store, signal)),
  };
}

async function checkMount({ spec, client }: Store, signal: AbortSignal): Promise<'proved' | Fault> {
  const store = storeName(spec);
  const { mount, version } = spec.kv;
  const reply = await client.get(`sys/internal/ui/mounts/${encodePath(mount)}`, signal);
  if (!reply.ok) return transportFault(store, reply.fault);
  const { status } = reply.value;
  if (status === 403 || status === 404)
    return accessDenied(
      `${store}${inNamespace(spec)} shows this login no engine at "${mount}": check kv.mount, namespace and the policy`,
    );
  const found = status === 200 ? understood(MountAnswer, reply.value)?.data : undefined;
  if (!found) return statusFault(store, reply.value) ?? notVault(store, status);
  if (found.path !== `${mount}/` || !['kv', 'generic'].includes(found.type))
    return invalid('SourceInvalid', `"${mount}" of ${store}${inNamespace(spec)} is no KV engine: check kv.mount`);
  const actual = found.options?.version === '2' ? 2 : 1;
  if (actual === version) return 'proved';
  const mend = `set kv.version: ${actual}`;
  return invalid(
    'SourceInvalid',
    `"${mount}" of ${store} is a KV engine of version ${actual}, not ${version}: ${mend}`,
  );
}

async function checkToken({ spec, client }: Store, signal: AbortSignal): Promise<'alive' | 'dead' | Fault> {
  const reply = await client.get('auth/token/lookup-self', signal);
  if (!reply.ok) return transportFault(storeName(spec), reply.fault);
  const { status } = reply.value;
  if (status === 200) return 'alive';
  if (status === 403) return 'dead';
  return statusFault(storeName(spec), reply.value) ?? notVault(storeName(spec), status);
}
