import { onAbort } from '../async/deadline.ts';
import type { Clock } from '../core/clock.ts';
import { type Fault, unavailable, unusable } from '../core/fault.ts';
import { type ObjectKey, splitKey } from '../core/object-key.ts';
import { failed, ok, type Result } from '../core/result.ts';
import { Line } from './line.ts';
import type { Asker, Sandbox, Task } from './task.ts';
import { type Limits, type Ran, Thread } from './thread.ts';

export interface SandboxOptions extends Partial<Limits> {
  /** The file that the worker runs. */
  readonly entry: URL;
  readonly clock: Clock;
  /** Milliseconds without a task after which the worker ends and gives its memory back. */
  readonly idleMs?: number;
}

/** Milliseconds in which a reference is not computed for again after it was ended. */
const restMs = 60_000;

/** Nothing is started before the first task. */
export function createSandbox({
  entry,
  clock,
  deadlineMs = 250,
  memoryMb = 20,
  idleMs = 60_000,
}: SandboxOptions): Sandbox {
  const limits = { deadlineMs, memoryMb };
  const line = new Line();
  const ended = new Ended(clock);
  let thread: Thread | undefined;
  let idle: NodeJS.Timeout | undefined;

  const endThread = (): void => {
    thread?.end();
    thread = undefined;
  };

  async function compute<I, O>(task: Task<I, O>, input: I, { reference, where }: Asker): Promise<Result<O>> {
    if (ended.lately(reference)) return failed(resting(where));
    clearTimeout(idle);
    if (thread === undefined || thread.isOver) thread = new Thread(entry, limits);
    const ran = await thread.run(task, input);
    if (ran.kind !== 'done') endThread();
    if (ran.kind === 'ended') ended.note(reference);
    idle = setTimeout(endThread, idleMs).unref();
    return ran.kind === 'done' ? ok(ran.output) : failed(faultOf(ran, where, limits));
  }

  return {
    async run(task, input, asker) {
      const { reference, where, signal } = asker;
      const release = await line.acquire(splitKey(reference).namespace, signal);
      if (release === undefined) return failed(notAskedFor(where));
      return unlessAborted(signal, compute(task, input, asker).finally(release), () => failed(notAskedFor(where)));
    },
  };
}

/** Which references were ended in the last minute. */
class Ended {
  readonly #until = new Map<ObjectKey, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** In the order of their times, so that the first ones go first. */
  lately(reference: ObjectKey): boolean {
    const now = this.#clock.steady();
    for (const [each, until] of this.#until) {
      if (until > now) break;
      this.#until.delete(each);
    }
    return this.#until.has(reference);
  }

  note(reference: ObjectKey): void {
    this.#until.set(reference, this.#clock.steady() + restMs);
  }
}

/** The task goes on, for its deadline at most, and nobody waits for it. */
function unlessAborted<T>(signal: AbortSignal, running: Promise<T>, aborted: () => T): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const forget = onAbort(signal, () => resolve(aborted()));
  running.then(resolve, reject);
  return promise.finally(forget);
}

function faultOf(ran: Exclude<Ran<unknown>, { kind: 'done' }>, where: string, { deadlineMs, memoryMb }: Limits): Fault {
  if (ran.kind === 'not-started') return unavailable(`${where}: the sandbox that computes it could not be started`);
  switch (ran.why) {
    case 'deadline':
      return unusable(`${where} was ended after ${deadlineMs} ms of computing: ${simpler}`);
    case 'memory':
      return unusable(`${where} was ended because it needed more than ${memoryMb} MB of memory: ${simpler}`);
    case 'crash':
      return unusable(`${where} was ended by an error of the operator's own: please report it; until then, ${simpler}`);
    default:
      return ran.why satisfies never;
  }
}

const simpler = 'make the expression simpler, or apply it to less';

const resting = (where: string): Fault =>
  unusable(
    `${where} was not computed: a computation of this reference was ended less than a minute ago; ${simpler}, and it is tried again by itself`,
  );

const notAskedFor = (where: string): Fault => unavailable(`${where} is no longer asked for`);
