import { ApiServerEntry, OpenBaoEntry } from '../servers/audit.ts';
import { until } from '../servers/process.ts';
import type { BareClient } from './client.ts';
import { operatorUser } from './operator.ts';
import { Tail } from './tail.ts';

/** What the operator asked for since the last look. */
export interface Asked {
  /** Requests that the API server answered, by verb and resource: `create secrets`. */
  readonly api: Readonly<Record<string, number>>;
  readonly reads: number;
  readonly logins: number;
  /** Reads by path of the store: `secret/data/bench-00/app-00000`. */
  readonly readsOf: ReadonlyMap<string, number>;
}

/** Both audit logs, which no client can talk away. */
export interface Audits {
  /** Goes on from now. */
  skip(): Promise<void>;
  take(): Promise<Asked>;
}

interface Audited {
  readonly auditLog: string;
}

let markers = 0;

export function readAudits(controlPlane: Audited, bao: Audited, client: BareClient): Audits {
  const [apiServer, store] = [new Tail(controlPlane.auditLog), new Tail(bao.auditLog)];
  /** A line is written when its request is answered: once that of a later request is there, so are those before it. */
  const caughtUp = async (): Promise<ReadonlyMap<string, number>> => {
    const marker = `marker-${++markers}`;
    await client.get(`/api/v1/namespaces/default/configmaps/${marker}`);
    const calls = new Map<string, number>();
    await until('the audit log to catch up', async () => {
      const lines = await apiServer.lines();
      countBy(lines, callOf, calls);
      return lines.some(line => line.includes(`"${marker}"`));
    });
    return calls;
  };
  const readsUntilNow = async (): Promise<Map<string, number>> => {
    const paths = new Map<string, number>();
    for (let lines = await store.lines(); lines.length > 0; lines = await store.lines())
      countBy(lines, readPath, paths);
    return paths;
  };
  return {
    skip: async () => {
      await apiServer.skip();
      await store.skip();
    },
    take: async () => {
      const readsOf = await readsUntilNow();
      const { [login]: logins = 0, ...paths } = Object.fromEntries(readsOf);
      readsOf.delete(login);
      const reads = Object.values(paths).reduce((sum, count) => sum + count, 0);
      return { api: Object.fromEntries(await caughtUp()), reads, logins, readsOf };
    },
  };
}

export const isWrite = (call: string): boolean => /^(create|update|patch|delete|deletecollection) /.test(call);
/** Beside the work itself: what tells of it, and what logs in. */
export const isAside = (call: string): boolean =>
  /events|serviceaccounts\/token|selfsubjectreviews|^watch|leases/.test(call);

export const sumOf = (api: Asked['api'], counts: (call: string) => boolean): number =>
  Object.entries(api).reduce((sum, [call, times]) => sum + (counts(call) ? times : 0), 0);

/** Adds to the counts: an hour of lines is too much to be kept. */
function countBy(
  lines: readonly string[],
  keyOf: (line: string) => string | undefined,
  counts: Map<string, number>,
): void {
  for (const line of lines) {
    const key = keyOf(line);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}

/** The text is looked at first: most lines are those of the bench itself, and parsing them all takes a while. */
function callOf(line: string): string | undefined {
  if (!line.includes(`"${operatorUser}"`)) return undefined;
  const { verb, objectRef, requestURI } = ApiServerEntry.parse(JSON.parse(line));
  const resource = objectRef?.resource ?? requestURI.split('?')[0];
  return `${verb} ${[resource, objectRef?.subresource].filter(Boolean).join('/')}`;
}

const login = 'login';

function readPath(line: string): string | undefined {
  if (!line.includes('"type":"request"')) return undefined;
  const { request } = OpenBaoEntry.parse(JSON.parse(line));
  if (/^auth\/.+\/login$/.test(request.path)) return login;
  return request.operation === 'read' && request.path.startsWith('secret/data/') ? request.path : undefined;
}
