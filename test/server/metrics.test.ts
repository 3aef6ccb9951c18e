import { afterEach, describe, expect, test } from '@jest/globals';
import type { SecretReference } from '../../src/api/secret-reference/secret-reference.ts';
import { parseSecretRotation, type SecretRotation } from '../../src/api/secret-rotation/secret-rotation.ts';
import { type MetadataObject, parseMetadataObject } from '../../src/core/object-meta.ts';
import { metricDocs } from '../../src/server/metric-docs.ts';
import { createMetrics, type MetricsView } from '../../src/server/metrics.ts';
import { seriesOf } from '../chart/promql.ts';
import { reference } from '../controllers/builders.ts';
import { pageOfEverything } from './page-of-everything.ts';

const references = new Map<string, SecretReference>();
const targets = new Map<string, MetadataObject>();
const rotations = new Map<string, SecretRotation>();
afterEach(() => {
  references.clear();
  targets.clear();
  rotations.clear();
});

const vault = { namespace: 'etl', source: 'SecretSource vault' };
const view: MetricsView = {
  sources: () => [vault],
  references,
  targets,
  rotations,
  leads: () => true,
  queued: priority => (priority === 'low' ? 7 : 0),
  checkedAt: ({ metadata }) => (metadata.name === 'db' ? 1_767_225_600_500 : undefined),
};

/** What a scrape shows of ours: lines without comments. */
async function scraped(does: (metrics: ReturnType<typeof createMetrics>) => void): Promise<readonly string[]> {
  const metrics = createMetrics();
  does(metrics);
  const { body } = await metrics.page();
  return body.split('\n').filter(line => line.startsWith('shearline_'));
}

describe('gauges', () => {
  test('show what is there when they are asked', async () => {
    references.set('db', reference().synced().parsed);
    references.set('b', reference('b').synced().failing('AccessDenied').parsed);
    references.set('c', reference('c').parsed);
    const lines = await scraped(metrics => metrics.observe(view));
    expect(lines).toEqual(
      expect.arrayContaining([
        'shearline_leader 1',
        'shearline_queue_depth{priority="low"} 7',
        'shearline_queue_depth{priority="high"} 0',
        'shearline_references{ready="True",synced="True",reason="Synced"} 1',
        'shearline_references{ready="True",synced="False",reason="AccessDenied"} 1',
        'shearline_references{ready="Unknown",synced="Unknown",reason=""} 1',
        'shearline_reference_checked_timestamp_seconds{namespace="etl",name="db",owner=""} 1767225600.5',
      ]),
    );
  });

  test('show what is not in step and since when, by owner; rotations that wait; certificates that end', async () => {
    const remote = [{ source: 'vault', key: 'etl/db', version: '1', since: '2026-12-31T00:00:00Z' }];
    const owned = reference()
      .spec({ owner: 'team "a"\\b', rotation: { every: '1d' } })
      .synced()
      .status({ remote });
    references.set('db', owned.failing('AccessDenied').token('t1').parsed);
    references.set('b', reference('b').synced().parsed);
    const metadata = parseMetadataObject({
      metadata: {
        ...{ name: 'tls', namespace: 'etl', uid: 'u', resourceVersion: '1' },
        annotations: { 'shearline.dev/certificate-expires': '2027-01-01T00:00:00Z' },
      },
    });
    if (metadata) targets.set('tls', metadata);
    const lines = await scraped(metrics => metrics.observe(view));
    const owner = 'namespace="etl",name="db",owner="team \\"a\\"\\\\b"';
    expect(lines.filter(line => /unsynced|pending|due_|expiry/.test(line))).toEqual([
      expect.stringMatching(/^shearline_reference_unsynced_since_timestamp_seconds\{.*,reason="AccessDenied"\} \d+$/),
      `shearline_reference_rotation_pending{${owner}} 1`,
      `shearline_reference_rotation_due_timestamp_seconds{${owner}} 1798761600`,
      'shearline_target_certificate_expiry_timestamp_seconds{namespace="etl",name="tls"} 1798761600',
    ]);
    expect(lines.join('\n')).toContain(`since_timestamp_seconds{${owner},`);
  });

  test('show where runs wait, and stages in which none does', async () => {
    const stages = [
      ['a', { stage: 'Approval' }],
      ['b', { stage: 'Approval' }],
      ['c', { stage: 'Hold' }],
      ['ended', { stage: 'Publish', result: 'Rotated' }],
      ['just-made', {}],
    ] as const;
    for (const [name, status] of stages) {
      const metadata = { name, namespace: 'etl', uid: name, resourceVersion: '1' };
      const record = parseSecretRotation({ metadata, spec: { reference: 'db', run: 1, revision: 2 }, status });
      if (record) rotations.set(name, record);
    }
    expect(rotations.size).toBe(stages.length);
    const waiting = (view: MetricsView) =>
      scraped(metrics => metrics.observe(view)).then(lines => lines.filter(line => line.includes('runs_waiting')));
    expect(await waiting(view)).toEqual(
      Object.entries({ Validate: 0, Approval: 2, Window: 0, Hold: 1, Publish: 0, Restart: 0, Rollback: 0 }).map(
        ([stage, count]) => `shearline_rotation_runs_waiting{stage="${stage}"} ${count}`,
      ),
    );
    expect(await waiting({ ...view, rotations: undefined })).toEqual([]);
  });

  test('and all else are described, each family once', async () => {
    references.set('db', reference().synced().parsed);
    const metrics = createMetrics();
    metrics.observe(view);
    const lines = (await metrics.page()).body.split('\n').filter(Boolean);
    const described = lines.flatMap(line => /^# TYPE (\S+) /.exec(line)?.[1] ?? []);
    const families = lines.flatMap(line => /^(\w+?)(_bucket|_sum|_count)?[{ ]/.exec(line)?.[1] ?? []);
    expect(families).toContain('shearline_reference_checked_timestamp_seconds');
    expect(new Set(families).difference(new Set(described))).toEqual(new Set());
    expect(described).toHaveLength(new Set(described).size);
  });

  test('forget an object with the object', async () => {
    references.set('db', reference().synced().parsed);
    const metrics = createMetrics();
    metrics.observe(view);
    expect((await metrics.page()).body).toContain('name="db"');
    references.clear();
    const { body } = await metrics.page();
    expect(body).not.toContain('name="db"');
    expect(body).not.toContain('shearline_references{');
  });
});

describe('counters and histograms', () => {
  test('tell what happened, by names of kinds, sources and reasons', async () => {
    const lines = await scraped(metrics => {
      metrics.outcome({
        reference: 'etl/db',
        because: 'RefreshDue',
        result: 'kept',
        reason: 'Synced',
        status: 'unchanged',
        millis: 3,
      });
      metrics.runEnded('RolledBack');
      metrics.panicked('secretreference');
      metrics.watchError('secrets', 'watch-ended');
      metrics.eventDropped();
      metrics.reconciles('secretreference').started('high', 3);
      metrics.reconciles('secretreference').ended('high', 30, 'done');
      const call = { ...vault, provider: 'vault', outcome: 'ok', tookMs: 20 } as const;
      metrics.provider.read(call);
      metrics.provider.login({ ...call, outcome: 'denied' });
    });
    expect(lines).toEqual(
      expect.arrayContaining([
        'shearline_syncs_total{because="RefreshDue",result="kept",reason="Synced"} 1',
        'shearline_rotation_runs_total{result="RolledBack"} 1',
        'shearline_rotation_runs_total{result="Failed"} 0',
        'shearline_panics_total{controller="secretreference"} 1',
        'shearline_watch_errors_total{resource="secrets",error="watch-ended"} 1',
        'shearline_events_dropped_total 1',
        'shearline_queue_wait_seconds_sum{controller="secretreference",priority="high"} 0.003',
        'shearline_reconcile_duration_seconds_sum{controller="secretreference",priority="high",outcome="done"} 0.03',
        'shearline_provider_read_seconds_count{provider="vault",namespace="etl",source="SecretSource vault",outcome="ok"} 1',
        'shearline_provider_login_seconds_count{provider="vault",namespace="etl",source="SecretSource vault",outcome="denied"} 1',
      ]),
    );
    expect(lines.join()).not.toContain('etl/db');
  });

  test('tell sources of one name in two namespaces apart, and forget a source with the source', async () => {
    const metrics = createMetrics();
    const call = { provider: 'vault', outcome: 'ok', tookMs: 20 } as const;
    for (const namespace of ['etl', 'web']) metrics.provider.read({ ...call, ...vault, namespace });
    metrics.provider.login({ ...call, source: 'ClusterSecretSource vault', namespace: '' });
    const counts = async () =>
      (await metrics.page()).body.split('\n').filter(line => /^shearline_provider_\w+_count\{/.test(line));
    expect(await counts()).toEqual([
      'shearline_provider_read_seconds_count{provider="vault",namespace="etl",source="SecretSource vault",outcome="ok"} 1',
      'shearline_provider_read_seconds_count{provider="vault",namespace="web",source="SecretSource vault",outcome="ok"} 1',
      'shearline_provider_login_seconds_count{provider="vault",namespace="",source="ClusterSecretSource vault",outcome="ok"} 1',
    ]);
    metrics.observe(view);
    expect(await counts()).toEqual([
      'shearline_provider_read_seconds_count{provider="vault",namespace="etl",source="SecretSource vault",outcome="ok"} 1',
    ]);
  });

  test('of two processes in one are kept apart', async () => {
    await scraped(metrics => metrics.panicked('a'));
    expect(await scraped(() => undefined)).not.toContain('shearline_panics_total{controller="a"} 1');
  });
});

test('docs/metrics.md has every family with its labels, as they are on the page', async () => {
  const page = seriesOf(await pageOfEverything()).filter(({ name }) => name.startsWith('shearline_'));
  const documented = metricDocs().map(({ name, labels }) => [name, [...labels].sort().join()] as const);
  const shown = page
    .filter(({ name }) => !/_(bucket|sum)$/.test(name))
    .map(({ name, labels }) => [name.replace(/_seconds_count$/, '_seconds'), [...labels].sort().join()] as const);
  expect(new Map(documented)).toEqual(new Map(shown));
});

test('the page says what it is', async () => {
  expect(await createMetrics().page()).toMatchObject({ status: 200, type: expect.stringContaining('text/plain') });
});
