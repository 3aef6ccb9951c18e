import { type ApiServerEntry, apiServerAudit, countLogins, countReads, openBaoAudit } from '../servers/audit.ts';
import { until } from '../servers/process.ts';
import type { Cluster } from './cluster.ts';
import { operatorUser } from './operator.ts';

/** What the operator really asked for, as the API server and OpenBao wrote it down. */
export interface Audits {
  /** Its writes to objects of a namespace in their order, as `create secrets/db` or `patch secretreferences/db/status`; events and token requests aside. */
  writes(namespace: string): Promise<readonly string[]>;
  /** Its requests, whatever they are. */
  requests(): Promise<readonly ApiServerEntry[]>;
  /** Reads of `secret/data/…` at OpenBao. */
  reads(path: string): Promise<number>;
  logins(mount?: string): Promise<number>;
}

export interface Audited {
  readonly auditLog: string;
}

let markers = 0;

export function readAudits(controlPlane: Audited, bao: Audited, cluster: Cluster): Audits {
  const requests = async () => {
    await untilWrittenDown(controlPlane, cluster);
    return (await apiServerAudit(controlPlane)).filter(({ user }) => user.username === operatorUser);
  };
  return {
    requests,
    writes: async namespace =>
      (await requests())
        .filter(({ verb, objectRef }) => isWrite(verb) && objectRef?.namespace === namespace && isObject(objectRef))
        .map(describe),
    reads: async path => countReads(await openBaoAudit(bao), path),
    logins: async mount => countLogins(await openBaoAudit(bao), mount),
  };
}

/** A line is written when its request is answered: once that of a later request is there, so are those before it. */
async function untilWrittenDown(controlPlane: Audited, cluster: Cluster): Promise<void> {
  const marker = `marker-${++markers}`;
  await cluster.read('ConfigMap', marker, 'default');
  const found = async () => (await apiServerAudit(controlPlane)).some(({ objectRef }) => objectRef?.name === marker);
  await until('the audit log to catch up', found);
}

const isWrite = (verb: string): boolean => ['create', 'update', 'patch', 'delete', 'deletecollection'].includes(verb);

const isObject = ({ resource, subresource }: NonNullable<ApiServerEntry['objectRef']>): boolean =>
  resource !== 'events' && subresource !== 'token';

function describe({ verb, objectRef, responseStatus }: ApiServerEntry): string {
  const { resource, name, subresource } = objectRef ?? {};
  const refused = (responseStatus?.code ?? 0) >= 400 ? ` ${responseStatus?.code}` : '';
  return `${verb} ${[resource, name, subresource].filter(Boolean).join('/')}${refused}`;
}
