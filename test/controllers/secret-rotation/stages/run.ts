import type { RotationSpec } from '../../../../src/api/secret-reference/rotation.ts';
import { parseSecretRotation } from '../../../../src/api/secret-rotation/secret-rotation.ts';
import type { Progress, Run, Stage, StagePorts } from '../../../../src/controllers/secret-rotation/stages/stage.ts';
import type { Question, Verdict } from '../../../../src/controllers/secret-rotation/stages/validate-http.ts';
import { ok, type Result } from '../../../../src/core/result.ts';
import { FakeApiServer } from '../../api-server.ts';
import { reference, start } from '../../builders.ts';

/** Run 8 of reference `etl/warehouse`, in one stage, with an API server in memory and a clock that tests turn. */
export class StageWorld {
  readonly api = new FakeApiServer(() => undefined);
  wall = start.wall;
  readonly asked: Question[] = [];
  answers: Result<Verdict>[] = [];
  readonly #stage: Stage;
  readonly #rotation: unknown;

  constructor(stage: Stage, rotation: unknown) {
    this.#stage = stage;
    // As the API server has it: without what is undefined.
    this.#rotation = JSON.parse(JSON.stringify(rotation));
  }

  get run(): Run {
    const named = reference('warehouse').spec({ rotation: this.#rotation }).parsed;
    if (!named.spec.ok) throw new Error(named.spec.fault.message);
    const rotation: RotationSpec = named.spec.value.rotation ?? {};
    const metadata = { name: 'warehouse-8', namespace: 'etl', uid: 'uid-run-8', resourceVersion: '1' };
    const record = parseSecretRotation({ metadata, spec: { reference: 'warehouse', run: 8, revision: 8 } });
    if (record === undefined) throw new Error('it is no record');
    const names = { target: 'warehouse', candidate: 'warehouse-r8', previous: 'warehouse-r7' };
    return { reference: named, record, rotation, ...names, since: start.wall };
  }

  get #ports(): StagePorts {
    return {
      client: this.api,
      clock: { wall: () => this.wall, steady: () => start.steady },
      checker: {
        ask: async question => {
          this.asked.push(question);
          return this.answers.shift() ?? ok({ status: 200 });
        },
      },
    };
  }

  /** What comes of one look; a fault is a text, as the controller would try it again. */
  async advance(): Promise<Progress | string> {
    const progress = await this.#stage.advance(this.run, this.#ports, new AbortController().signal);
    return progress.ok ? progress.value : `again: ${progress.fault.message}`;
  }

  async cleanUp(): Promise<string> {
    const done = await this.#stage.cleanUp?.(this.run, this.#ports, new AbortController().signal);
    return done === undefined || done.ok ? 'clean' : `again: ${done.fault.message}`;
  }

  /** So many seconds later. */
  later(seconds: number): this {
    this.wall += seconds * 1000;
    return this;
  }
}

/** `waiting Validating: Job etl/...`. */
export const inWords = (progress: Progress | string): string => {
  if (typeof progress === 'string') return progress;
  const reason = progress.kind === 'passed' ? '' : ` ${progress.reason}`;
  return `${progress.kind}${reason}: ${progress.message ?? ''}`;
};
