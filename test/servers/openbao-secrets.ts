import * as z from 'zod';
import type { OpenBao } from './openbao.ts';
import { until } from './process.ts';

export interface KvPlace {
  /** Default: `secret`, which every OpenBao here has, as version 2. */
  readonly mount?: string;
  readonly version?: 1 | 2;
  /** An OpenBao namespace. */
  readonly namespace?: string;
}

/** `team` below the root; `parent` for one below another. */
export async function createNamespace(bao: OpenBao, name: string, parent?: string): Promise<void> {
  await bao.api('POST', `sys/namespaces/${name}`, {}, { namespace: parent });
}

export async function enableKv(bao: OpenBao, { mount = 'secret', version = 2, namespace }: KvPlace): Promise<void> {
  await bao.api('POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: `${version}` } }, { namespace });
  if (version === 2) await untilUpgraded(bao, mount, namespace);
}

/** Writes a secret and returns its version; a version 1 engine has none: 0. */
export async function putSecret(bao: OpenBao, path: string, data: object, place: KvPlace = {}): Promise<number> {
  const { mount = 'secret', version = 2, namespace } = place;
  if (version === 1) {
    await bao.api('POST', `${mount}/${path}`, data, { namespace });
    return 0;
  }
  return Written.parse(await bao.api('POST', `${mount}/data/${path}`, { data }, { namespace })).data.version;
}
const Written = z.object({ data: z.object({ version: z.number() }) });

/** Version 2: `soft` can be undone, `destroy` takes the bytes of the versions, `metadata` all there is. */
export async function deleteSecret(
  bao: OpenBao,
  path: string,
  how: 'soft' | 'metadata' | { readonly destroy: readonly number[] },
  { mount = 'secret', namespace }: KvPlace = {},
): Promise<void> {
  if (how === 'soft') await bao.api('DELETE', `${mount}/data/${path}`, undefined, { namespace });
  else if (how === 'metadata') await bao.api('DELETE', `${mount}/metadata/${path}`, undefined, { namespace });
  else await bao.api('PUT', `${mount}/destroy/${path}`, { versions: how.destroy }, { namespace });
}

/** `policy(bao, 'team-a', {'secret/data/team-a/*': ['read']})` */
export async function policy(
  bao: OpenBao,
  name: string,
  rules: Readonly<Record<string, readonly string[]>>,
  namespace?: string,
): Promise<void> {
  const paths = Object.entries(rules).map(([path, capabilities]) => [path, { capabilities }]);
  const text = JSON.stringify({ path: Object.fromEntries(paths) });
  await bao.api('PUT', `sys/policies/acl/${name}`, { policy: text }, { namespace });
}

/** A fresh version 2 engine refuses reads and writes for a moment, with 400 "Upgrading from non-versioned to versioned data". */
async function untilUpgraded(bao: OpenBao, mount: string, namespace: string | undefined): Promise<void> {
  const ready = () =>
    bao.api('GET', `${mount}/config`, undefined, { namespace }).then(
      () => true,
      () => false,
    );
  await until(`the engine at ${mount} to be ready`, ready);
}
