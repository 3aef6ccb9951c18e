import { type HoldEntry, type HoldSpec, maxHoldMs } from '../../../api/secret-reference/hold.ts';
import { ok, type Result } from '../../../core/result.ts';
import { labelSelectorOf } from '../../pages.ts';
import { lookAgainMs, ofKubeFault } from './api-answer.ts';
import { heldResources, type Running, runningOf } from './held-work.ts';
import type { Progress, Run, Stage, StagePorts } from './stage.ts';

/** Waits while work of `rotation.hold` runs, and no longer than `maxHold`. */
export const hold: Stage = {
  name: 'Hold',
  isAsked: ({ hold }) => hold !== undefined,
  advance: async (run, ports, signal) => {
    const spec = run.rotation.hold;
    if (spec === undefined) return ok({ kind: 'passed' });
    const waitedMs = ports.clock.wall() - run.since;
    const progress = await look(run, spec, waitedMs, ports, signal);
    // Whatever it waits for: a right that is missing would hold for ever, too.
    return progress.ok && progress.value.kind === 'waiting' && waitedMs >= maxHoldMs(spec)
      ? ok(heldTooLong(spec, progress.value.message))
      : progress;
  },
};

async function look(
  { reference }: Run,
  spec: HoldSpec,
  waitedMs: number,
  { client }: StagePorts,
  signal: AbortSignal,
): Promise<Result<Progress>> {
  const { namespace } = reference.metadata;
  const found: (readonly [HoldEntry, Running])[] = [];
  for (const entry of spec.while) {
    const running = await runningOf(entry, namespace, client, signal);
    if (running.ok) found.push([entry, running.value]);
    else if (running.fault.kind === 'unavailable' && running.fault.notServed) return ok(notServed(entry));
    else {
      const { group, plural } = heldResources[entry.kind];
      return ofKubeFault(running.fault, { verb: 'list', group, resource: plural, namespace });
    }
  }
  return ok(decided(found, spec, waitedMs));
}

function decided(found: readonly (readonly [HoldEntry, Running])[], spec: HoldSpec, waitedMs: number): Progress {
  const running = found
    .filter(([, { names, more }]) => names.length > 0 || more)
    .map(([entry, each]) => described(entry, each));
  if (running.length === 0) return { kind: 'passed', message: nothingRuns(found) };
  return {
    kind: 'waiting',
    reason: 'ConsumersRunning',
    message: `waits for ${running.join(', ')} to end`,
    lookAgainMs: Math.min(lookAgainMs(waitedMs, 2000, 30_000), Math.max(1000, maxHoldMs(spec) - waitedMs)),
  };
}

const shown = 3;

/** `Job nightly`, or `5 Pods (a, b, c, ...)`. */
function described({ kind }: HoldEntry, { names, more, seen }: Running): string {
  const [only] = names;
  if (only === undefined) return `what runs beside ${seen} ${kind}s that have ended, too many to look at (delete them)`;
  if (names.length === 1 && !more) return `${kind} ${only}`;
  const rest = names.length > shown || more ? ', ...' : '';
  return `${more ? 'more than ' : ''}${names.length} ${kind}s (${names.slice(0, shown).join(', ')}${rest})`;
}

/** A selector that is wrong looks the same as work that is done, so it is said which found nothing at all. */
function nothingRuns(found: readonly (readonly [HoldEntry, Running])[]): string {
  const empty = found
    .filter(([, { seen }]) => seen === 0)
    .map(
      ([{ kind, selector }]) =>
        `no ${kind}${kind === 'Pod' ? ' that runs' : ''} has the labels ${labelSelectorOf(selector.matchLabels)}`,
    );
  return ['nothing that it waits for runs', ...empty].join('; ');
}

const notServed = ({ kind }: HoldEntry): Progress => ({
  kind: 'waiting',
  reason: 'KindNotServed',
  message: `the API server has no ${kind} (sparkoperator.k8s.io/v1beta2): install the Spark operator, or take it out of rotation.hold`,
  lookAgainMs: 60_000,
});

function heldTooLong(spec: HoldSpec, message: string): Progress {
  const held = `held for maxHold, and it still ${message}`;
  return spec.then === 'Switch'
    ? { kind: 'passed', message: `${held}; published all the same, as then: Switch says` }
    : { kind: 'failed', reason: 'HoldTooLong', message: `${held}; ask for another rotation, or set then: Switch` };
}
