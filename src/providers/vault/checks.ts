import type { Fault } from '../../core/fault.ts';
import { accessDenied, invalid } from '../../core/fault.ts';
import { transportFault } from '../kit/http-faults.ts';
import { parseBody } from '../kit/json-body.ts';
import { MountAnswer } from './answers.ts';
import { notVault, statusFault } from './faults.ts';
import { encodePath } from './keys.ts';
import { rememberFor } from './remember.ts';
import type { VaultSpec } from './spec.ts';
import type { Store } from './store.ts';
import { inNamespace } from './store.ts';

/**
 * Questions that an answer leaves open. Each is asked once for all reads that wonder at the same time, so that 2,000
 * missing keys do not cost 4,000 requests.
 */
export interface Checks {
  /** Whether an answer may be taken for that of the configured engine. Asked once a login, before the first is believed. */
  engine(signal: AbortSignal): Promise<'known' | Fault>;
  /** `proved`: the mount is a KV engine of the configured version, so its "not here" is true. Otherwise why not. */
  mount(signal: AbortSignal): Promise<'proved' | Fault>;
  /** Whether the store still knows our token. */
  token(signal: AbortSignal): Promise<'alive' | 'dead' | Fault>;
}

export function createChecks(store: Store): Checks {
  const certain = (answer: string | Fault) =>
    typeof answer === 'string' || answer.kind === 'invalid' || answer.kind === 'denied';
  const mount = rememberFor(10_000, store.clock, certain, (signal: AbortSignal) => checkMount(store, signal));
  return {
    engine: onceKnown(mount),
    mount,
    token: rememberFor(2_000, store.clock, certain, signal => checkToken(store, signal)),
  };
}

/**
 * The store shows a mount to whoever may read below it. If it does not (a gateway may let nothing but reads through),
 * nothing is proved against the source, and its word counts: what it reads would otherwise be lost to it.
 */
function onceKnown(mount: Checks['mount']): Checks['engine'] {
  let known = false;
  return async signal => {
    if (known) return 'known';
    const answer = await mount(signal);
    known = answer === 'proved' || answer.kind === 'denied';
    return answer === 'proved' || answer.kind === 'denied' ? 'known' : answer;
  };
}

async function checkMount({ name: store, spec, client }: Store, signal: AbortSignal): Promise<'proved' | Fault> {
  const { mount, version } = spec.kv;
  const reply = await client.get(`sys/internal/ui/mounts/${encodePath(mount)}`, signal);
  if (!reply.ok) return transportFault(store, reply.fault);
  const found = reply.value.status === 200 ? parseBody(MountAnswer, reply.value)?.data : undefined;
  if (!found) return statusFault(store, reply.value) ?? notShown(store, spec);
  if (!isMount(spec, found.path) || !['kv', 'generic'].includes(found.type))
    return invalid('SourceInvalid', `"${mount}" of ${store}${inNamespace(spec)} is no KV engine: check kv.mount`);
  const actual = found.options?.version === '2' ? 2 : 1;
  if (actual === version) return 'proved';
  const fix = `set kv.version: ${actual}`;
  return invalid('SourceInvalid', `"${mount}" of ${store} is a KV engine of version ${actual}, not ${version}: ${fix}`);
}

/** The path of a mount in a child of the login's namespace is told from the root on. */
const isMount = ({ kv, namespace }: VaultSpec, path: string): boolean =>
  path === `${kv.mount}/` || path === `${namespace}/${kv.mount}/`;

const notShown = (store: string, spec: VaultSpec): Fault =>
  accessDenied(
    `${store}${inNamespace(spec)} shows this login no engine at "${spec.kv.mount}": check kv.mount, namespace and the policy`,
  );

async function checkToken({ name: store, account }: Store, signal: AbortSignal): Promise<'alive' | 'dead' | Fault> {
  const reply = await account.get('auth/token/lookup-self', signal);
  if (!reply.ok) return transportFault(store, reply.fault);
  const { status } = reply.value;
  if (status === 200) return 'alive';
  if (status === 403) return 'dead';
  return statusFault(store, reply.value) ?? notVault(store, status);
}
