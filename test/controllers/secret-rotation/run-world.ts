import {
  parseSecretRotation,
  type RunResult,
  type SecretRotation,
} from '../../../src/api/secret-rotation/secret-rotation.ts';
import type { Priority } from '../../../src/async/priority.ts';
import { secretRotationReconciler } from '../../../src/controllers/secret-rotation/reconcile.ts';
import { indexRecords, watchForRotations } from '../../../src/controllers/secret-rotation/watches.ts';
import { type ObjectKey, objectKey } from '../../../src/core/object-key.ts';
import { ok } from '../../../src/core/result.ts';
import type { Next, ReconcileRequest } from '../../../src/runtime/reconcile.ts';
import { hour, password, type ReferenceBuilder, reference } from '../builders.ts';
import type { Fields } from '../fields.ts';
import { World } from '../world.ts';

/** A reference whose newer values somebody has to approve. */
export const approved = (rotation: Fields = {}): ReferenceBuilder =>
  reference().spec({ rotation: { approval: { required: true }, ...rotation } });

/** A World with the controller of runs: both controllers wake each other, as in the operator. */
export class RunWorld {
  readonly world: World;
  /** What was told of runs that have ended, by every process so far. */
  readonly ended: RunResult[] = [];
  readonly #woken = new Set<ObjectKey>();
  readonly #records;
  #process = new AbortController();

  private constructor(world: World) {
    this.world = world;
    this.#records = indexRecords(world.caches.rotations);
    watchForRotations(world.caches, world.clock, {
      run: key => void this.#woken.add(key),
      reference: (key, priority) => void world.woken.push({ key, priority }),
    });
  }

  /** In step with revision 1. */
  static async synced(builder: ReferenceBuilder = approved()): Promise<RunWorld> {
    return new RunWorld(await World.synced(builder));
  }

  /** The store has a newer value, and somebody asks for it: its run waits. */
  static async asked(builder: ReferenceBuilder = approved(), token = 't1'): Promise<RunWorld> {
    const run = await RunWorld.synced(builder);
    run.world.store.put('etl/db', { password: run.newer(2) });
    await run.ask(token);
    return run;
  }

  newer(version: number): string {
    return `${password}-v${version}`;
  }

  async ask(token: string): Promise<void> {
    this.edit({ metadata: { annotations: { 'shearline.dev/rotate': token } } });
    await this.settle();
  }

  /** The refresh has come. */
  async refresh(): Promise<void> {
    this.world.clock.pass(hour);
    await this.reconcileReference();
    await this.settle();
  }

  edit(patch: Fields): void {
    this.world.api.change('secretreferences', 'db', patch);
  }

  /** As an admission policy would let somebody. */
  async decide(decision: 'Approved' | 'Denied', number = 1): Promise<void> {
    this.world.api.change('secretrotations', `db-${number}`, { spec: { approval: { decision, by: 'ada' } } });
    await this.settle();
  }

  /** Until neither controller has anything to do, or the process is killed. */
  async settle(): Promise<void> {
    for (let count = 0; count < 100; count++) {
      if (this.#process.signal.aborted) return;
      const reference = this.world.woken.shift();
      const [run] = this.#woken;
      if (reference !== undefined) await this.reconcileReference(reference.priority);
      else if (run === undefined) return;
      else await this.reconcile(run);
    }
    throw new Error('the runs do not come to rest');
  }

  async reconcileReference(priority: Priority = 'normal'): Promise<Next> {
    const { signal } = this.#process;
    const next = await this.world.reconcile('db', { priority, signal });
    const isNow = next.kind === 'at' && next.time <= this.world.clock.steady();
    if (isNow) this.world.woken.push({ key: objectKey('etl', 'db'), priority: next.priority });
    return next;
  }

  /** The process is killed there; nothing happens until it is started again. */
  killAt(when: 'before' | 'after', write: string): void {
    this.world.api.kill(when, write, this.#process);
  }

  /** Another process: it knows what the caches show, and looks at everything. */
  async restart(): Promise<void> {
    this.#process = new AbortController();
    this.world.restart();
    this.world.woken.length = 0;
    await this.reconcileReference();
    await this.reconcile();
    await this.settle();
  }

  async reconcile(key = objectKey('etl', 'db'), work: Partial<ReconcileRequest> = {}): Promise<Next> {
    const { api, caches, clock, events } = this.world;
    this.#woken.delete(key);
    return secretRotationReconciler({
      clock,
      client: api,
      checker: { ask: async () => ok({ status: 200 }) },
      references: caches.references,
      records: this.#records,
      wroteRecord: record => caches.rotations.wrote(record),
      events: { record: note => void events.push(note) },
      onEnd: result => void this.ended.push(result),
    })({
      key,
      priority: 'normal',
      requestedAt: clock.steady(),
      attempt: 0,
      signal: this.#process.signal,
      readSignal: this.#process.signal,
      ...work,
    });
  }

  record(number = 1): SecretRotation | undefined {
    const raw = this.world.api.find('secretrotations', `db-${number}`);
    return raw && parseSecretRotation(raw);
  }

  /** `Approval ApprovalPending`, or how it ended: `Rotated Synced`. */
  state(number = 1): string {
    const { stage, result, reason } = this.record(number)?.status ?? {};
    return `${result ?? stage} ${reason}`;
  }

  /** What consumers read, and as which revision. */
  get served(): readonly unknown[] {
    return [this.world.secret()?.password, this.world.status()?.target?.revision];
  }
}
