import { annotations, restartMarkOf } from '../../../../src/api/annotations.ts';
import type { RotationSpec } from '../../../../src/api/secret-reference/rotation.ts';
import { parseSecretRotation } from '../../../../src/api/secret-rotation/secret-rotation.ts';
import { restart, restartAgain } from '../../../../src/controllers/secret-rotation/stages/restart.ts';
import type { Progress, Run } from '../../../../src/controllers/secret-rotation/stages/stage.ts';
import { ok } from '../../../../src/core/result.ts';
import { FakeApiServer } from '../../api-server.ts';
import { type Fields, reference, start } from '../../builders.ts';
import { fieldsOf, textOf } from '../../fields.ts';

const plurals = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  Rollout: 'rollouts',
};
export type Kind = keyof typeof plurals;

const rolledOut = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1, phase: 'Healthy' };
export const stuck = { replicas: 2, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1, phase: 'Progressing' };
export const deadline = {
  ...stuck,
  conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
};

/** Workloads of namespace `etl` on an API server in memory, whose controllers a test plays; and a run that restarts them. */
export class Workloads {
  readonly api = new FakeApiServer(() => undefined);
  wall: number = start.wall;
  readonly #entries: RotationSpec['restart'];

  constructor(entries: RotationSpec['restart']) {
    this.#entries = entries;
  }

  /** One that has long rolled out. */
  with(kind: Kind, name: string, fields: { labels?: Fields; spec?: Fields; status?: Fields } = {}): this {
    const { labels = {}, spec = {}, status = {} } = fields;
    this.api.put(plurals[kind], {
      metadata: { name, namespace: 'etl', uid: `uid-${name}`, generation: 1, labels },
      spec: { replicas: 1, template: { metadata: { annotations: { of: 'somebody else' } } }, ...spec },
      status: { observedGeneration: kind === 'Rollout' ? '1' : 1, ...rolledOut, ...status },
    });
    return this;
  }

  /** Its controller has seen the newest template, and come so far. */
  status(kind: Kind, name: string, status: Fields = rolledOut): void {
    const { generation } = fieldsOf(this.object(kind, name).metadata);
    this.api.change(plurals[kind], name, { status: { observedGeneration: generation, ...status } });
  }

  /** It is being deleted, and something holds it up. */
  going(kind: Kind, name: string): void {
    this.api.change(plurals[kind], name, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
  }

  object(kind: Kind, name: string): Fields {
    return this.api.find(plurals[kind], name) ?? {};
  }

  /** What it was restarted for, as its pod template says. */
  restartedFor(kind: Kind, name: string): string {
    return textOf(this.#template(kind, name)[annotations.restartedFor]);
  }

  /** Another reference restarts it, a moment later. */
  otherRestart(kind: Kind, name: string, run = 'other-3'): void {
    const time = new Date(this.wall).toISOString().replace('.000', '');
    this.api.change(plurals[kind], name, {
      metadata: { generation: 2, annotations: { [restartMarkOf('uid-other')]: `${run} ${time}` } },
      spec: {
        template: { metadata: { annotations: { [annotations.restartedFor]: run, [annotations.restartedAt]: time } } },
      },
    });
  }

  /** Somebody writes the pod template as it was. */
  undo(kind: Kind, name: string): void {
    const annotated = { [annotations.restartedFor]: null, [annotations.restartedAt]: null };
    this.api.change(plurals[kind], name, { spec: { template: { metadata: { annotations: annotated } } } });
  }

  #template(kind: Kind, name: string): Fields {
    const template = fieldsOf(fieldsOf(this.object(kind, name).spec).template);
    return fieldsOf(fieldsOf(template.metadata).annotations);
  }

  /** The run looks, once; `seconds` later. */
  async look(seconds = 0, process = new AbortController()): Promise<string> {
    return this.#look(restart.advance, seconds, process);
  }

  /** After how many milliseconds it wants to look again. */
  async lookAgainMs(seconds: number): Promise<number | undefined> {
    const progress = await this.#advance(restart.advance, seconds, new AbortController());
    return progress.ok && progress.value.kind === 'waiting' ? progress.value.lookAgainMs : undefined;
  }

  /** The revision before is published again, and the rollback looks, once. */
  async lookBack(seconds = 0, process = new AbortController()): Promise<string> {
    return this.#look(restartAgain, seconds, process);
  }

  async #look(advance: typeof restart.advance, seconds: number, process: AbortController): Promise<string> {
    const progress = await this.#advance(advance, seconds, process);
    return progress.ok ? words(progress.value) : `fault ${progress.fault.reason}`;
  }

  #advance(advance: typeof restart.advance, seconds: number, { signal }: AbortController) {
    this.wall += seconds * 1000;
    const clock = { wall: () => this.wall, steady: () => this.wall };
    const checker = { ask: async () => ok({ status: 200 }) };
    return advance(this.#run(), { client: this.api, clock, checker }, signal);
  }

  #run(): Run {
    const rotation = { restart: this.#entries } as RotationSpec;
    return {
      reference: reference('db').parsed,
      record: record('db-4'),
      rotation,
      target: 'db',
      candidate: 'db-r8',
      previous: 'db-r7',
      since: start.wall,
    };
  }
}

function record(name: string): Run['record'] {
  const raw = { metadata: { name, namespace: 'etl', uid: `uid-${name}`, resourceVersion: '1' }, spec: {} };
  const parsed = parseSecretRotation(raw);
  if (parsed === undefined) throw new Error('no record');
  return parsed;
}

const words = (progress: Progress): string =>
  progress.kind === 'passed'
    ? `passed: ${progress.message ?? 'nothing'}`
    : `${progress.kind} ${progress.reason}: ${progress.message}`;
