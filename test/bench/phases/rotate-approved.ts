import { rights } from '../../../src/controllers/secret-rotation/rbac.ts';
import type { Bench } from '../bench-context.ts';
import { idOf } from '../fleet.ts';
import { type Gate, rotateGated } from '../gated.ts';
import { paths } from '../objects.ts';
import { rotateAmongRefreshes } from '../rotations.ts';
import { watchFromNow } from '../watch.ts';
import type { Phase } from './phase.ts';

/** The operator with `--rotation`: a plain rotation is as before, and one that somebody approves at once stands beside it. */
export const rotateApproved: Phase = {
  name: 'rotate-approved',
  usual: true,
  run: async bench => {
    await allowRuns(bench);
    await bench.crew.stop();
    await bench.crew.start(['--rotation']);
    const plain = await rotateGated(bench, { what: 'plain, stages enabled', spec: {}, requests: 2 });
    await using _approver = await approver(bench);
    const approved = await rotateGated(bench, approvedAtOnce);
    await bench.crew.stop();
    await bench.crew.start();
    return [plain, approved];
  },
};

const approvedAtOnce: Gate = {
  what: 'approved at once',
  spec: { rotation: { approval: { required: true } } },
  requests: 11,
  // The Secret says nothing of the token then.
  rotate: (bench, chosen) => rotateAmongRefreshes(bench, chosen, async () => true),
};

/** Says yes to each record as soon as it is seen. */
async function approver({ client }: Bench): Promise<AsyncDisposable> {
  const watch = await watchFromNow(client, paths.allRotations);
  const seen = new Set<string>();
  const said: Promise<void>[] = [];
  watch.onObject(({ metadata }) => {
    const id = idOf(metadata);
    if (seen.has(id)) return;
    seen.add(id);
    said.push(client.patch(paths.rotation(metadata), { spec: { approval: { decision: 'Approved', by: 'bench' } } }));
  });
  return {
    [Symbol.asyncDispose]: async () => {
      await watch[Symbol.asyncDispose]();
      await Promise.all(said);
    },
  };
}

/** What the chart grants with `rotation.enabled`, beside deploy/install.yaml. */
async function allowRuns({ client }: Bench): Promise<void> {
  const name = 'bench-rotation';
  const at = (plural: string) => `/apis/rbac.authorization.k8s.io/v1/${plural}`;
  await client.post(at('clusterroles'), { metadata: { name }, rules: rights.rotation });
  await client.post(at('clusterrolebindings'), {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: 'shearline', namespace: 'shearline-system' }],
  });
}
