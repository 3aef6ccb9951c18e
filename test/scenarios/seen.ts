import { readFile } from 'node:fs/promises';
import type { Searched } from '../canary.ts';
import type { Cluster } from './cluster.ts';
import type { Operator } from './operator.ts';

/** Where a world is looked at after its last test. */
export interface Seen {
  readonly cluster: Cluster;
  readonly operator: Operator;
  readonly controlPlane: { readonly auditLog: string };
  readonly bao?: { readonly auditLog: string };
}

/** Everything that people and machines without access to Secrets can read. Of Secrets, only the metadata. */
export async function everythingSeen({ cluster, bao, operator, controlPlane }: Seen): Promise<Searched> {
  const kinds = [
    'SecretReference',
    'ClusterSecretReference',
    'SecretRotation',
    'SecretSource',
    'ClusterSecretSource',
    'Event',
  ] as const;
  const objects = await Promise.all(kinds.map(async kind => [kind, JSON.stringify(await cluster.list(kind))] as const));
  const secrets = (await cluster.list('Secret')).map(raw =>
    JSON.stringify(raw, (key, value) => (key === 'data' ? undefined : value)),
  );
  return {
    ...Object.fromEntries(objects),
    'metadata of Secrets': secrets.join('\n'),
    'operator log': await readFile(operator.log, 'utf8'),
    metrics: operator.running() ? await operator.metrics() : '',
    'audit log of the API server': await readFile(controlPlane.auditLog, 'utf8'),
    'audit log of OpenBao': bao ? await readFile(bao.auditLog, 'utf8') : '',
  };
}

/** What is logged as an error is a bug: all that can be expected is told on objects. */
export async function errorsIn({ log }: Pick<Operator, 'log'>): Promise<readonly string[]> {
  return (await readFile(log, 'utf8'))
    .split('\n')
    .filter(line => (!line.startsWith('{') ? line !== '' : /"level":[56]0/.test(line)));
}
