import type { Team } from '../../scenarios/team.ts';
import type { Installed } from '../installed.ts';
import { imageOf } from '../lab/images.ts';
import { apply, podWith } from '../pods.ts';
import { sparkImage } from './image.ts';

/** A reference whose newer passwords a Job tries on PostgreSQL, and a pod that reads what is published. */

const namespace = 'etl';
/** The password goes by the environment, and stands in no command line. */
const script = 'PGPASSWORD="$password" exec psql --host=postgres --username=judged dw --no-psqlrc -Atc "select 1"';

export async function startJudged(installed: Installed, team: Team): Promise<{ reads(): Promise<string> }> {
  const container = {
    name: 'psql',
    image: imageOf(sparkImage),
    command: ['bash', '-c', script],
    securityContext: { runAsUser: 185 },
  };
  const job = { env: true, template: { spec: { containers: [container] } } };
  await team.refer('judged', {
    dataFrom: [team.extract('judged')],
    rotation: { validate: { timeout: '3m', job } },
  });
  await team.synced('judged');
  const forever = podWith('judged', 'while true; do sleep 1; done');
  await apply(installed, namespace, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'consumer' },
    spec: forever,
  });
  const kubectl = (...args: readonly string[]) => installed.kubectl('--namespace', namespace, ...args);
  await kubectl('wait', 'pod/consumer', '--for=condition=Ready', '--timeout=120s');
  return { reads: () => kubectl('exec', 'consumer', '--', 'cat', '/secret/password') };
}
