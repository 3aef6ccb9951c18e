import { rootCertificates } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import { parseSecretSource, type SecretSource } from '../../../src/api/secret-source/secret-source.ts';
import { sourceChecker } from '../../../src/controllers/secret-source/check.ts';
import { secretSourceReconciler } from '../../../src/controllers/secret-source/reconcile.ts';
import { invalid, kubernetesUnavailable } from '../../../src/core/fault.ts';
import { failed, ok, type Result } from '../../../src/core/result.ts';
import { SecretValue } from '../../../src/core/secret-value.ts';
import type { EventNote } from '../../../src/kube/api.ts';
import type { Next, ReconcileRequest } from '../../../src/runtime/reconcile.ts';
import { FakeClock } from '../../kube/builders.ts';
import { FakeApiServer } from '../api-server.ts';
import { FakeCaches } from '../caches.ts';
import type { Fields } from '../fields.ts';
import { readable, source, vaultSpec } from '../objects.ts';

const withBundle: Fields = {
  provider: { vault: { ...vaultSpec().vault, caBundle: { configMapKeyRef: { name: 'ca', key: 'ca.crt' } } } },
};

/** Any certificate will do. */
const [authority = ''] = rootCertificates;

/** One SecretSource and its reconciles. */
class SourceWorld {
  readonly clock = new FakeClock();
  readonly caches = new FakeCaches();
  readonly api = new FakeApiServer((...seen) => this.caches.deliver(...seen));
  readonly events: EventNote[] = [];
  readonly trusted: string[] = [];
  bundle: Result<string> = ok(authority);
  secret: Result<SecretValue> = ok(SecretValue.fromText(authority));

  constructor(raw: Fields) {
    this.api.put('secretsources', raw);
  }

  reconcile(work: Partial<ReconcileRequest> = {}): Promise<Next> {
    const never = new AbortController().signal;
    return secretSourceReconciler({
      clock: this.clock,
      sources: this.caches.sources,
      checkSource: sourceChecker({
        allowOperatorIdentity: false,
        operatorNamespace: 'shearline-system',
        allowInsecure: () => true,
        closedAddress: () => undefined,
      }),
      cluster: {
        configMapField: async () => this.bundle,
        credentialField: async () => this.secret,
        trustBundle: async name => ok(name === 'example.com:internal:v1' ? authority : ''),
      },
      client: this.api,
      remote: { sawCaBundle: (uid, pem) => void this.trusted.push(`${uid} ${pem}`) },
      events: { record: note => void this.events.push(note) },
    })({
      key: 'etl/vault',
      priority: 'normal',
      requestedAt: 0,
      attempt: 0,
      signal: never,
      readSignal: never,
      ...work,
    });
  }

  get source(): SecretSource {
    return readable(parseSecretSource(this.api.find('secretsources', 'vault')));
  }

  conditions(): readonly string[] {
    return (this.source.status?.conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`);
  }
}

describe('a source that can be used', () => {
  test('is Ready, with the name of its provider and the generation that was looked at', async () => {
    const world = new SourceWorld(source());
    expect(await world.reconcile()).toEqual({ kind: 'on-change' });
    expect(world.api.writes).toEqual(['patch secretsources/vault/status']);
    expect(world.conditions()).toEqual(['Ready True Synced']);
    expect(world.source.status).toMatchObject({ provider: 'vault', observedGeneration: 1 });
  });

  test('is Ready and marked Insecure where it holds the values itself', async () => {
    const world = new SourceWorld(
      source('vault', { provider: { fake: { data: [{ key: 'a', value: 'CANARY-7f3a' }] } } }),
    );
    await world.reconcile();
    expect(world.conditions()).toEqual(['Ready True Insecure']);
    expect(world.source.status?.conditions[0]?.message).toContain('never for secrets');
    expect(world.events).toMatchObject([
      { type: 'Normal', reason: 'Ready', note: expect.stringContaining('never for') },
    ]);
  });

  test('is written once: another reconcile writes nothing', async () => {
    const world = new SourceWorld(source());
    await world.reconcile();
    world.clock.pass(1000);
    await world.reconcile();
    expect(world.api.writes).toHaveLength(1);
  });

  test('is looked at again when it has a CA bundle: ConfigMaps are not watched', async () => {
    const world = new SourceWorld(source('vault', withBundle));
    expect(await world.reconcile()).toEqual({ kind: 'at', time: world.clock.steady() + 600_000, priority: 'low' });
  });
});

describe('a source that cannot be used', () => {
  test('is Stalled until somebody fixes it, and says how', async () => {
    const world = new SourceWorld(source('vault', { allowedKeys: ['/x'] }));
    expect(await world.reconcile()).toEqual({ kind: 'on-change' });
    expect(world.conditions()).toEqual(['Ready False InvalidSpec', 'Stalled True InvalidSpec']);
    world.api.put('secretsources', source('vault', {}, { generation: 2 }));
    world.clock.pass(1000);
    await world.reconcile();
    expect(world.conditions()).toEqual(['Ready True Synced']);
    expect(world.source.status?.observedGeneration).toBe(2);
  });

  test.each<[string, Result<string>, string]>([
    ['is missing', failed(invalid('CABundleInvalid', 'ConfigMap etl/ca does not exist')), 'CABundleInvalid'],
    ['holds no certificate', ok('no PEM at all'), 'CABundleInvalid'],
  ])('because its CA bundle %s, is looked at again', async (_, bundle, reason) => {
    const world = new SourceWorld(source('vault', withBundle));
    world.bundle = bundle;
    expect(await world.reconcile()).toMatchObject({ kind: 'backoff' });
    expect(world.conditions()).toEqual([`Ready False ${reason}`, `Stalled True ${reason}`]);
  });

  test('only because the API server does not answer, is not Stalled', async () => {
    const world = new SourceWorld(source('vault', withBundle));
    world.bundle = failed(kubernetesUnavailable('the API server did not answer'));
    await world.reconcile();
    expect(world.conditions()).toEqual(['Ready False KubernetesUnavailable', 'Reconciling True KubernetesUnavailable']);
  });
});

describe('events of a source', () => {
  const seen = ({ events }: SourceWorld) => events.map(({ type, reason }) => `${type} ${reason}`);
  const bad = source('vault', { allowedKeys: ['/x'] }, { generation: 2 });

  test('say what is new, in the words of its conditions', async () => {
    const world = new SourceWorld(source());
    await world.reconcile();
    world.api.put('secretsources', { ...bad, status: world.api.find('secretsources', 'vault')?.status });
    await world.reconcile();
    expect(seen(world)).toEqual(['Normal Ready', 'Warning InvalidSpec']);
    const { regarding, note, action } = readable(world.events.at(-1));
    expect(note).toMatch(/^spec\.allowedKeys\[0\]: must be segments/);
    expect([regarding.kind, regarding.namespace, regarding.name, action]).toEqual([
      'SecretSource',
      'etl',
      'vault',
      'Check',
    ]);
  });

  test('are silent where nothing is new, and where the status could not be written', async () => {
    const world = new SourceWorld(source());
    world.api.refuse('patch secretsources/vault/status', { kind: 'conflict' });
    await world.reconcile();
    expect(seen(world)).toEqual([]);
    for (const _ of [1, 2, 3]) await world.reconcile();
    expect(seen(world)).toEqual(['Normal Ready']);
  });

  test('do not warn of a CA bundle that is applied together with the source', async () => {
    const world = new SourceWorld(
      source('vault', withBundle, { creationTimestamp: new Date(new FakeClock().wall()).toISOString() }),
    );
    world.bundle = failed(invalid('CABundleInvalid', 'ConfigMap etl/ca does not exist'));
    expect(await world.reconcile()).toEqual({ kind: 'at', time: world.clock.steady() + 500, priority: 'normal' });
    expect([seen(world), world.api.writes]).toEqual([[], []]);
    world.clock.pass(2000);
    await world.reconcile();
    expect(seen(world)).toEqual(['Warning CABundleInvalid']);
    world.bundle = ok(authority);
    await world.reconcile();
    expect(seen(world)).toEqual(['Warning CABundleInvalid', 'Normal Ready']);
  });
});

test('logins learn of each CA bundle that was read and understood', async () => {
  const world = new SourceWorld(source('vault', withBundle));
  await world.reconcile();
  world.bundle = ok('no PEM at all');
  await world.reconcile();
  expect(world.trusted).toEqual([`uid-source-vault ${authority}`]);
});

describe('a CA bundle', () => {
  const trusting = (caBundle: Fields) =>
    new SourceWorld(source('vault', { provider: { vault: { ...vaultSpec().vault, caBundle } } }));
  const secretKeyRef = { name: 'ca', key: 'ca.crt' };

  test.each<[string, Fields]>([
    ['a Secret', { secretKeyRef }],
    ['the spec itself', { inline: authority }],
    ['a ClusterTrustBundle', { clusterTrustBundle: { name: 'example.com:internal:v1' } }],
  ])('is taken from %s', async (_, caBundle) => {
    const world = trusting(caBundle);
    world.bundle = failed(invalid('CABundleInvalid', 'nobody asked for a ConfigMap'));
    await world.reconcile();
    expect(world.conditions()).toEqual(['Ready True Synced']);
    expect(world.trusted).toEqual([`uid-source-vault ${authority}`]);
  });

  test.each<[string, Fields, Uint8Array, RegExp]>([
    ['bytes in a Secret', { secretKeyRef }, Buffer.from([255, 254]), /^Secret etl\/ca has no text under ca\.crt/],
    ['no PEM in a Secret', { secretKeyRef }, Buffer.from('CANARY-7f3a'), /^the CA bundle holds no PEM block/],
    ['no PEM in the spec', { inline: 'CANARY-7f3a' }, Buffer.from(''), /^the CA bundle holds no PEM block/],
  ])('that is %s is CABundleInvalid, and not quoted', async (_, caBundle, bytes, message) => {
    const world = trusting(caBundle);
    world.secret = ok(new SecretValue(bytes));
    world.clock.wallMs += 60_000;
    await world.reconcile();
    expect(world.conditions()).toContain('Ready False CABundleInvalid');
    expect(world.source.status?.conditions[0]?.message).toMatch(message);
    expect(JSON.stringify(world.source.status)).not.toContain('CANARY');
  });
});

describe('a reconcile of a source', () => {
  test('whose status was written by a newer one is made again', async () => {
    const world = new SourceWorld(source());
    world.api.refuse('patch secretsources/vault/status', { kind: 'conflict' });
    expect(await world.reconcile()).toEqual({ kind: 'backoff', pace: 'short' });
    expect(await world.reconcile()).toEqual({ kind: 'on-change' });
  });

  test.each([
    ['is gone', (world: SourceWorld) => world.api.remove('secretsources', 'vault')],
    [
      'is going',
      (world: SourceWorld) => world.api.change('secretsources', 'vault', { metadata: { deletionTimestamp: 'now' } }),
    ],
  ])('that %s does nothing', async (_, happens) => {
    const world = new SourceWorld(source());
    happens(world);
    expect(await world.reconcile()).toEqual({ kind: 'on-change' });
    expect(world.api.writes).toEqual([]);
  });

  test('that is stopped writes nothing', async () => {
    const world = new SourceWorld(source());
    expect(await world.reconcile({ signal: AbortSignal.abort() })).toEqual({ kind: 'on-change' });
    expect(world.api.writes).toEqual([]);
  });
});
