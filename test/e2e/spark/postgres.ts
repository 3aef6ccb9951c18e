import type { Installed } from '../installed.ts';
import { imageOf } from '../lab/images.ts';
import { apply, restrictedContainer, restrictedPod } from '../pods.ts';
import { sparkImage } from './image.ts';

/** A PostgreSQL with a database `dw`, reached as `postgres` in its namespace; its superuser comes by the socket only. */
export interface Warehouse {
  sql(statement: string): Promise<string>;
  /** Whether `etl` gets in over the network with that password. */
  accepts(password: string): Promise<boolean>;
}

const script = `
set -e
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
initdb --pgdata /data/pg --username admin --auth-local trust --auth-host scram-sha-256 --no-locale --encoding UTF8
echo 'host all all all scram-sha-256' >>/data/pg/pg_hba.conf
exec postgres -D /data/pg -c listen_addresses='*' -c unix_socket_directories=/tmp -c shared_buffers=16MB -c jit=off
`;
const labels = { app: 'postgres' };

/** Starts it, with a table of a thousand orders that `etl` may read. */
export async function startPostgres(installed: Installed, namespace: string, password: string): Promise<Warehouse> {
  await apply(installed, namespace, deployment, service);
  const kubectl = (...args: readonly string[]) => installed.kubectl('--namespace', namespace, ...args);
  await kubectl('rollout', 'status', 'deployment/postgres', '--timeout=180s');
  const psql = (url: string, statement: string) =>
    kubectl(
      'exec',
      'deployment/postgres',
      '--',
      'psql',
      '--no-psqlrc',
      '-v',
      'ON_ERROR_STOP=1',
      '-Atc',
      statement,
      url,
    );
  const local = (database: string) => `postgresql:///${database}?host=/tmp&user=admin`;
  await psql(local('postgres'), 'create database dw');
  const sql = (statement: string) => psql(local('dw'), statement);
  await sql(`create role etl login password '${password}'`);
  await sql('create table orders as select id, id * 2 as amount from generate_series(1, 1000) as id');
  await sql('grant select on orders to etl');
  const accepts = (given: string) =>
    psql(`postgresql://etl:${encodeURIComponent(given)}@postgres/dw`, 'select count(*) from orders').then(
      answer => answer.trim() === '1000',
      (problem: Error) => {
        if (problem.message.includes('password authentication failed')) return false;
        throw problem;
      },
    );
  return { sql, accepts };
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'postgres' },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        securityContext: { ...restrictedPod, runAsUser: 185, runAsGroup: 185, fsGroup: 185 },
        automountServiceAccountToken: false,
        containers: [
          {
            name: 'postgres',
            image: imageOf(sparkImage),
            command: ['bash', '-c', script],
            securityContext: restrictedContainer,
            readinessProbe: {
              timeoutSeconds: 20,
              exec: { command: ['psql', '-c', 'select 1', 'postgresql:///postgres?host=/tmp&user=admin'] },
            },
            volumeMounts: [
              { name: 'data', mountPath: '/data' },
              { name: 'tmp', mountPath: '/tmp' },
            ],
          },
        ],
        volumes: [
          { name: 'data', emptyDir: {} },
          { name: 'tmp', emptyDir: {} },
        ],
      },
    },
  },
};

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'postgres' },
  spec: { selector: labels, ports: [{ port: 5432 }] },
};
