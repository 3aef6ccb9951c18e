import * as z from 'zod';
import { until } from '../../servers/process.ts';
import type { Bench } from '../bench-context.ts';
import { atMost, below } from '../goals.ts';
import { measure } from '../measure.ts';
import { paths, referenceAt, rotationBy } from '../objects.ts';
import { operatorUser } from '../operator.ts';
import { atATime, together } from '../pace.ts';
import { memoryOf } from '../processes.ts';
import { makeNamespace } from '../stage.ts';
import { isRotated, isSynced, Seen } from '../watch.ts';
import type { Phase } from './phase.ts';

/** A namespace that is full of pods is listed for a decision, and no pod is kept: what the operator holds meanwhile. */
export const pods: Phase = {
  name: 'pods',
  usual: false,
  run: async bench => {
    const { crew, progress, client } = bench;
    await makePods(bench);
    await bench.store.write([place.key], bench.nextVersion());
    await client.post(paths.references(place.namespace), { ...reference, spec: { ...reference.spec, ...pinned } });
    await untilReference(bench, isSynced);
    await bench.store.write([place.key], bench.nextVersion());
    progress.at('who reads the revision before');
    const { resident } = await memoryOf(crew.operator.process.pid);
    const cost = await measure(bench, async () => {
      await client.patch(paths.reference(place), rotationBy('pods'));
      await untilReference(bench, object => isRotated(object, 'pods'));
      await until('the answer', async () => (await saidOf(bench))?.includes(`${count} pods of `) === true, 120_000);
      return { objects: count };
    });
    const goals = [
      atMost('resident at most, beyond what it was', 30, cost.operator.memory.peak - resident, ' MB'),
      below('event loop delay p99', 50, cost.operator.loopDelayP99, ' ms'),
    ];
    return [{ name: `SafeToRevoke of one among ${count} pods`, ...cost, goals }];
  },
};

const count = 10_000;
const place = { namespace: 'pods', name: 'warehouse', key: 'pods/warehouse' };
const reference = referenceAt(place);
const pinned = { delivery: { mode: 'Pinned' } };

/** As an executor of Spark has them: some 10 kB each, and all of one application. */
async function makePods({ client, progress }: Bench): Promise<void> {
  await makeNamespace(client, place.namespace);
  await client.post(`${rbac}/clusterroles`, { metadata: { name: 'bench-pods' }, rules: [mayList] });
  await client.post(`${rbac}/clusterrolebindings`, {
    metadata: { name: 'bench-pods' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'bench-pods' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: operatorUser }],
  });
  await atATime(together, count, async index => {
    await client.post(`/api/v1/namespaces/${place.namespace}/pods`, podAt(index));
    if (index % 100 === 0) progress.at(`${index} pods`);
  });
}

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const mayList = { apiGroups: [''], resources: ['pods'], verbs: ['list'] };

const podAt = (index: number) => ({
  metadata: {
    name: `executor-${index}`,
    labels: { 'spark-app-selector': 'spark-4711', 'spark-exec-id': `${index}` },
    annotations: { filler: 'x'.repeat(6000) },
  },
  spec: { containers: [{ name: 'executor', image: 'example.com/spark', env: [...settings, password] }] },
});

const settings = Array.from({ length: 40 }, (_, index) => ({ name: `SPARK_SETTING_${index}`, value: 'y'.repeat(60) }));
const password = { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'warehouse-r1', key: 'PASSWORD' } } };

async function untilReference({ client }: Bench, holds: (object: Seen) => boolean): Promise<void> {
  await until(
    'the reference',
    async () => holds(Seen.parse(await client.get(paths.reference(place), 'whole'))),
    120_000,
  );
}

const Told = z.object({
  status: z.object({ conditions: z.array(z.object({ type: z.string(), message: z.string() })) }),
});

/** The message of SafeToRevoke. */
async function saidOf({ client }: Bench): Promise<string | undefined> {
  const { status } = Told.parse(await client.get(paths.reference(place), 'whole'));
  return status.conditions.find(({ type }) => type === 'SafeToRevoke')?.message;
}
