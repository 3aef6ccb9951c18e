import { expect } from '@jest/globals';
import { parseSecretReference, type SecretReference } from '../../src/api/secret-reference/secret-reference.ts';
import type { Priority } from '../../src/async/priority.ts';
import type { Observed } from '../../src/controllers/secret-reference/nouns/observed.ts';
import type { AuditRecord, OutcomeRecord } from '../../src/controllers/secret-reference/nouns/records.ts';
import { ReferenceStates } from '../../src/controllers/secret-reference/nouns/reference-state.ts';
import { kindOf, nameOf } from '../../src/controllers/secret-reference/nouns/template-objects.ts';
import { observe } from '../../src/controllers/secret-reference/observe.ts';
import { createPodsInUse } from '../../src/controllers/secret-reference/pods-in-use.ts';
import type { Ports, Startup } from '../../src/controllers/secret-reference/ports.ts';
import { ReadBudgets } from '../../src/controllers/secret-reference/read-budget.ts';
import { type SandboxTurn, sandboxTurn } from '../../src/controllers/secret-reference/reads/sandbox-turn.ts';
import { secretReferenceReconciler } from '../../src/controllers/secret-reference/reconcile.ts';
import { watchForReferences } from '../../src/controllers/secret-reference/wake/watches.ts';
import { sourceChecker } from '../../src/controllers/secret-source/check.ts';
import { type ObjectKey, objectKey } from '../../src/core/object-key.ts';
import { parseMetadataObject } from '../../src/core/object-meta.ts';
import type { EventNote } from '../../src/kube/api.ts';
import { templateTexts } from '../../src/kube/cluster-access.ts';
import { createSecrets } from '../../src/kube/secrets.ts';
import type { Next, ReconcileRequest } from '../../src/runtime/reconcile.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { searchForCanary } from '../canary.ts';
import { FakeClock } from '../kube/builders.ts';
import { FakeApiServer } from './api-server.ts';
import { password, type ReferenceBuilder, start } from './builders.ts';
import { FakeCaches } from './caches.ts';
import { type Fields, fieldsOf, textOf } from './fields.ts';
import { assertConditionInvariants, assertTransitions } from './invariants.ts';
import { namespace, readable, source, target } from './objects.ts';
import { FakeStore } from './store.ts';

/** Of the operator itself: nothing is started before a search has an expression. */
const entry = new URL('../../src/sandbox-worker.ts', import.meta.url);

export interface Woken {
  readonly key: ObjectKey;
  readonly priority: Priority;
}

/**
 * One namespace `etl` with SecretSource `vault`, the store behind it, and the operator without its queue. What a
 * reconcile writes shows up in the caches when it has ended, as it does with a watch.
 */
export class World {
  readonly clock = new FakeClock();
  readonly api = new FakeApiServer((...seen) => this.#see(...seen));
  readonly store = new FakeStore();
  readonly states = new ReferenceStates();
  readonly budgets = new ReadBudgets();
  readonly pods = createPodsInUse(this.api, this.clock);
  readonly sandbox = createSandbox({ entry, clock: this.clock });
  readonly events: EventNote[] = [];
  readonly outcomes: OutcomeRecord[] = [];
  readonly audits: AuditRecord[] = [];
  /** Who was woken by changes and was not reconciled yet. */
  readonly woken: Woken[] = [];
  readonly caches = new FakeCaches();
  startup: Startup = { startedAt: start.steady };
  #unseen: (() => void)[] = [];
  #inReconcile = false;

  constructor(...references: readonly ReferenceBuilder[]) {
    this.clock.steadyMs = start.steady;
    this.clock.wallMs = start.wall;
    const wake = (key: ObjectKey, priority: Priority) => void this.woken.push({ key, priority });
    watchForReferences(this.caches, this.checkSource, this.states, this.store, this.clock, wake);
    this.api.put('namespaces', namespace());
    this.api.put('secretsources', source());
    this.store.put('etl/db', { password });
    for (const each of references) this.add(each);
  }

  readonly checkSource = sourceChecker({
    allowOperatorIdentity: true,
    operatorNamespace: 'shearline-system',
    closedAddress: () => undefined,
  });

  /** A reference, and what its status says that it left behind. */
  add(builder: ReferenceBuilder): void {
    const { metadata, status, memory: states } = builder.parts;
    if (status?.target !== undefined) this.caches.targets.put(target(builder));
    this.states.update(textOf(metadata.uid), states);
    this.api.put('secretreferences', builder.raw);
    this.woken.length = 0;
  }

  get ports(): Ports {
    const { api, caches, checkSource, clock, states: memory, startup, store, sandbox } = this;
    return {
      clock,
      startup,
      caches,
      states: memory,
      budgets: this.budgets,
      checkSource,
      remote: store,
      sandbox,
      readTemplates: (from, namespace, signal) => templateTexts(api, kindOf(from), namespace, nameOf(from), signal),
      pods: this.pods,
      api: {
        client: api,
        secrets: createSecrets(api),
        wroteReference: reference => caches.references.wrote(reference),
        wroteTarget: metadata => caches.wroteTarget(metadata),
        sawSecret: undefined,
      },
      reports: {
        events: { record: note => void this.events.push(note) },
        audit: record => void this.audits.push(record),
        onOutcome: record => void this.outcomes.push(record),
      },
    };
  }

  observe(name = 'db'): Observed {
    return readable(observe(objectKey('etl', name), this.ports));
  }

  /** In the sandbox, for this reference. */
  turn(name = 'db'): SandboxTurn {
    return sandboxTurn(this.observe(name), this.ports, { readSignal: new AbortController().signal });
  }

  /** One reconcile, after which everything that must always hold is checked. */
  async reconcile(name = 'db', work: Partial<ReconcileRequest> = {}): Promise<Next> {
    const before = this.find(name);
    this.#inReconcile = true;
    const next = await secretReferenceReconciler(this.ports)({
      key: objectKey('etl', name),
      priority: 'normal',
      requestedAt: this.clock.steady(),
      attempt: 0,
      signal: new AbortController().signal,
      readSignal: work.signal ?? new AbortController().signal,
      ...work,
    });
    this.#inReconcile = false;
    for (const see of this.#unseen.splice(0)) see();
    const after = this.find(name);
    if (after !== undefined) assertConditionInvariants(after);
    if (before !== undefined && after !== undefined) assertTransitions(before, after);
    this.#assertNothingLeaked(after);
    return next;
  }

  /** Reconciles all who were woken, until nobody is; answers how often. */
  async run(): Promise<number> {
    for (let count = 0; count < 50; count++) {
      const next = this.woken.shift();
      if (next === undefined) return count;
      await this.reconcile(next.key.replace('etl/', ''), { priority: next.priority });
    }
    throw new Error('the world does not come to rest');
  }

  /** A reference whose first sync was made by the code itself. */
  static async synced(builder: ReferenceBuilder): Promise<World> {
    const world = new World(builder);
    await world.reconcile(builder.parts.metadata.name);
    world.forget();
    return world;
  }

  /** What was logged, counted and asked so far is of no interest. */
  forget(): void {
    for (const log of [
      this.events,
      this.outcomes,
      this.audits,
      this.woken,
      this.api.writes,
      this.api.gets,
      this.store.reads,
    ])
      log.length = 0;
  }

  /** As the process would after a restart: nothing is remembered but what the caches show. */
  restart(): void {
    for (const { metadata } of this.caches.references.values()) this.states.forget(metadata.uid);
  }

  find(name = 'db'): SecretReference | undefined {
    return parseSecretReference(this.api.find('secretreferences', name));
  }

  status(name = 'db') {
    return readable(this.find(name)).status;
  }

  /** `True Synced` and the like, by type. */
  conditions(name = 'db'): Readonly<Record<string, string>> {
    return Object.fromEntries(
      (this.status(name)?.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
    );
  }

  /** The values of a Secret as text; undefined when there is none. */
  secret(name = 'db'): Readonly<Record<string, string>> | undefined {
    const found = this.api.find('secrets', name);
    if (found === undefined) return undefined;
    const data = Object.entries(fieldsOf(found.data));
    return Object.fromEntries(data.map(([key, value]) => [key, Buffer.from(textOf(value), 'base64').toString()]));
  }

  secretMetadata(name = 'db') {
    return readable(parseMetadataObject(this.api.find('secrets', name))).metadata;
  }

  /** `Normal Synced` and the like, in order. */
  eventReasons(): readonly string[] {
    return this.events.map(({ type, reason }) => `${type} ${reason}`);
  }

  #see(plural: string, key: ObjectKey, object: Fields | undefined): void {
    const see = () => this.caches.deliver(plural, key, object);
    if (this.#inReconcile) this.#unseen.push(see);
    else see();
  }

  #assertNothingLeaked(reference: SecretReference | undefined): void {
    const memory = this.states.of(reference?.metadata.uid ?? '');
    const seen = {
      status: reference?.status,
      events: this.events,
      outcomes: this.outcomes,
      audits: this.audits,
      memory,
    };
    expect(searchForCanary({ seen: JSON.stringify(seen) })).toEqual([]);
  }
}
