import {
  type ClusterSecretReference,
  parseClusterSecretReference,
} from '../../../src/api/cluster-secret-reference/cluster-secret-reference.ts';
import { parseSecretReference, type SecretReference } from '../../../src/api/secret-reference/secret-reference.ts';
import { indexGenerated } from '../../../src/controllers/cluster-secret-reference/generated.ts';
import type { Ports } from '../../../src/controllers/cluster-secret-reference/ports.ts';
import { clusterSecretReferenceReconciler } from '../../../src/controllers/cluster-secret-reference/reconcile.ts';
import { ClusterReferenceStates } from '../../../src/controllers/cluster-secret-reference/states.ts';
import { watchForClusterReferences } from '../../../src/controllers/cluster-secret-reference/watches.ts';
import { type ObjectKey, splitKey } from '../../../src/core/object-key.ts';
import type { EventNote, KubeClient } from '../../../src/kube/api.ts';
import type { Next } from '../../../src/runtime/reconcile.ts';
import { FakeClock } from '../../kube/builders.ts';
import { FakeApiServer } from '../api-server.ts';
import { FakeCaches } from '../caches.ts';
import { FakeInformer } from '../fake-informer.ts';
import { type Fields, fieldsOf } from '../fields.ts';
import { namespace, readable } from '../objects.ts';

export const spec = { dataFrom: [{ extract: { key: 'shared/db' } }] };

/** `warehouse`, for the namespaces of team `etl`. */
export const clusterReference = (more: Fields = {}, metadata: Fields = {}): Fields => ({
  metadata: { name: 'warehouse', uid: 'uid-warehouse', resourceVersion: '7', generation: 1, ...metadata },
  spec: { namespaces: { selector: { matchLabels: { team: 'etl' } } }, reference: spec, ...more },
});

/** One ClusterSecretReference, the namespaces, and the operator with a queue that keeps to the times. */
export class ClusterWorld {
  readonly clock = new FakeClock();
  readonly caches = new FakeCaches();
  readonly clusterReferences = new FakeInformer(parseClusterSecretReference);
  readonly generated = indexGenerated(this.caches.references);
  readonly states = new ClusterReferenceStates();
  readonly events: EventNote[] = [];
  readonly next = new Map<ObjectKey, Next>();
  /** Reconciles of single namespaces, and of the whole. */
  readonly reconciles = { places: 0, wholes: 0 };
  /** What an admission webhook makes of a spec. */
  mutate: (spec: Fields) => Fields = each => each;
  readonly api = new FakeApiServer((plural, key, object) => {
    if (plural !== 'clustersecretreferences') this.caches.deliver(plural, key, object);
    else if (object === undefined) this.clusterReferences.remove(key);
    else this.clusterReferences.put(object);
  });
  readonly #due = new Map<ObjectKey, number>();

  constructor(raw: Fields = clusterReference()) {
    this.clock.steadyMs = 1000;
    const watched = { ...this.watched, namespaces: this.caches.namespaces };
    watchForClusterReferences(watched, this.states, this.clock, (key, _, at) => this.#enqueue(key, at));
    this.api.put('clustersecretreferences', raw);
  }

  private get watched() {
    const { clusterReferences, generated } = this;
    return { clusterReferences, generated, references: this.caches.references };
  }

  team(name: string, labels: Fields = { team: 'etl' }, metadata: Fields = {}): void {
    this.api.put('namespaces', namespace(name, labels, metadata));
  }

  /** Somebody else's write of the object itself. */
  edit(patch: Fields): void {
    this.api.change('clustersecretreferences', 'warehouse', patch, '');
  }

  ports(enabled = true): Ports {
    const { clock, events, states } = this;
    return {
      clock,
      enabled,
      caches: { ...this.watched, namespaces: this.caches.namespaces },
      states,
      client: this.client,
      wroteReference: reference => this.caches.references.wrote(reference),
      enqueue: (key, _, at) => this.#enqueue(key, at),
      events: { record: note => void events.push(note) },
    };
  }

  async reconcile(key: ObjectKey, enabled = true): Promise<void> {
    this.reconciles[splitKey(key).namespace === '' ? 'wholes' : 'places'] += 1;
    const signal = new AbortController().signal;
    const work = { key, priority: 'normal', requestedAt: 0, attempt: 0, signal, readSignal: signal } as const;
    this.next.set(key, await clusterSecretReferenceReconciler(this.ports(enabled))(work));
  }

  /** Until nobody waits; retries are left to the test. */
  async run(): Promise<void> {
    while (this.#due.size > 0) {
      const [key, at] = [...this.#due].reduce((first, each) => (each[1] < first[1] ? each : first));
      this.#due.delete(key);
      this.clock.steadyMs = Math.max(this.clock.steadyMs, at);
      await this.reconcile(key);
    }
  }

  get object(): ClusterSecretReference {
    return readable(parseClusterSecretReference(this.api.find('clustersecretreferences', 'warehouse', '')));
  }

  /** `Ready False ReferencesNotReady`. */
  conditions(): readonly string[] {
    return (this.object.status?.conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`);
  }

  reference(namespace: string): SecretReference | undefined {
    return parseSecretReference(this.api.find('secretreferences', 'warehouse', namespace));
  }

  /** What the other controller reports of it. */
  becomes(namespace: string, ready: 'True' | 'False', reason = 'Synced', more: Fields = {}): void {
    const { generation } = readable(this.reference(namespace)).metadata;
    const condition = {
      type: 'Ready',
      status: ready,
      reason,
      message: 'm',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const status = { observedGeneration: generation, conditions: [condition], ...more };
    this.api.change('secretreferences', 'warehouse', { status }, namespace);
  }

  #enqueue(key: ObjectKey, at: number): void {
    this.#due.set(key, Math.min(at, this.#due.get(key) ?? at));
  }

  /** The API server, with what it does about JSON patches and generations. */
  private get client(): KubeClient {
    const { api } = this;
    const admitted = (raw: unknown): Fields => ({ ...fieldsOf(raw), spec: this.mutate(fieldsOf(fieldsOf(raw).spec)) });
    return {
      ...{ get: api.get.bind(api), createSub: api.createSub.bind(api), replace: api.replace.bind(api) },
      ...{ list: api.list.bind(api), delete: api.delete.bind(api) },
      create: (resource, namespace, body, options) => api.create(resource, namespace, admitted(body), options),
      patch: async (resource, key, patch, options) => {
        if (!Array.isArray(patch.body)) return api.patch(resource, key, patch, options);
        const [spec, version] = patch.body.map(fieldsOf);
        const { namespace, name } = splitKey(key);
        const metadata = { resourceVersion: version?.value };
        const answer = await api.patch(resource, key, { ...patch, body: { metadata } }, options);
        if (answer.ok) {
          const { generation = 0 } = readable(parseSecretReference(answer.value)).metadata;
          const before = fieldsOf(answer.value);
          const changed = { ...fieldsOf(before.metadata), generation: generation + 1 };
          api.put(resource.plural, { ...admitted({ ...before, spec: spec?.value }), metadata: changed });
        }
        return answer.ok ? { ok: true, value: api.find(resource.plural, name, namespace) } : answer;
      },
    };
  }
}
