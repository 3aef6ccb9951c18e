import { parseSecretRotation } from '../../src/api/secret-rotation/secret-rotation.ts';
import { parseMetadataObject } from '../../src/core/object-meta.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { reference } from '../controllers/builders.ts';

const failing = reference('db')
  .spec({ owner: 'team', rotation: { every: '30d' } })
  .synced()
  .status({ remote: [{ source: 'vault', key: 'etl/db', version: '1', since: '2026-01-01T00:00:00Z' }] })
  .failing('AccessDenied')
  .token('t1').parsed;
const certificate = parseMetadataObject({
  metadata: {
    ...{ name: 'tls', namespace: 'etl', uid: 'u', resourceVersion: '1' },
    annotations: { 'shearline.dev/certificate-expires': '2027-01-01T00:00:00Z' },
  },
});
const waits = parseSecretRotation({
  metadata: { name: 'db-1', namespace: 'etl', uid: 'r1', resourceVersion: '1' },
  spec: { reference: 'db', run: 1, revision: 2 },
  status: { stage: 'Approval', stages: [{ name: 'Approval', start: '2026-01-01T00:00:00Z' }] },
});
const source = { provider: 'vault', namespace: 'etl', source: 'SecretSource vault', tookMs: 20 };
const sync = { reference: 'etl/db', status: 'written', millis: 3 } as const;

/** The page of metrics of an operator to which everything that it counts has happened once. */
export async function pageOfEverything(): Promise<string> {
  const metrics = createMetrics();
  metrics.observe({
    sources: () => [source],
    references: new Map([['db', failing]]),
    targets: new Map(certificate === undefined ? [] : [['tls', certificate]]),
    rotations: new Map(waits === undefined ? [] : [['db-1', waits]]),
    leads: () => true,
    queued: () => 1,
    checkedAt: () => 1_767_225_600_500,
  });
  for (const outcome of ['ok', 'denied', 'unavailable', 'throttled'] as const) {
    metrics.provider.read({ ...source, outcome });
    metrics.provider.login({ ...source, outcome });
  }
  metrics.outcome({ ...sync, because: 'RotationRequested', result: 'updated', reason: 'Synced' });
  metrics.outcome({ ...sync, because: 'RefreshDue', result: 'failed', reason: 'AccessDenied' });
  metrics.reconciles('secretreference').started('high', 3);
  metrics.reconciles('secretreference').ended('high', 30, 'done');
  metrics.traffic('vault', 10, 10);
  const patch = { method: 'PATCH', path: '/api/v1/namespaces/etl/secrets/db' } as const;
  metrics.apiCall(patch, '200', 3);
  metrics.apiCall(patch, 'lost', 3);
  metrics.runEnded('Rotated');
  metrics.panicked('secretreference');
  metrics.loopHeld('secretreference');
  metrics.watchError('secrets', 'cut');
  metrics.eventDropped();
  return (await metrics.page()).body;
}
