import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import type { ForbiddenCall } from '../kube/client.ts';
import type { InformerError } from '../kube/informer.ts';
import type { WatchedResource } from '../kube/informer-set.ts';
import { framesOf } from '../runtime/bug.ts';
import { type PolicyRule, read } from '../schema/rbac.ts';
import type { Metrics } from '../server/metrics.ts';
import type { ClusterPorts } from './informers.ts';
import type { LoopHold } from './loop-watchdog.ts';

/** Logs what keeps the operator from its work in the cluster and belongs to no single object. */
export interface ErrorLog {
  readonly watch: ClusterPorts['report'];
  readonly forbidden: (call: ForbiddenCall) => void;
  readonly held: (hold: LoopHold) => void;
}

/** Milliseconds without it, after which the same error is logged again. It is retried every ten seconds. */
const againAfterMs = 60_000;

/** What somebody has to change is logged once, until it was changed. */
export function createErrorLog(log: Logger, metrics: Pick<Metrics, 'watchError' | 'loopHeld'>, clock: Clock): ErrorLog {
  const lastAt = new Map<string, number>();
  const once = (facts: Readonly<Record<string, string>>, message: string): void => {
    const key = JSON.stringify(facts);
    const now = clock.steady();
    if (now - (lastAt.get(key) ?? Number.NEGATIVE_INFINITY) > againAfterMs) log.warn(facts, message);
    lastAt.set(key, now);
  };
  return {
    watch: (place, trouble, bug) => {
      const { resource, of } = place;
      metrics.watchError(resource, trouble);
      if (bug !== undefined) return log.error({ resource, frames: framesOf(bug) }, 'a bug in a handler of changes');
      if (isForbidden(trouble)) return once({ ...where(place), rule: ruleText(of.group, of.plural, read) }, lacksRule);
      if (isNotServed(trouble)) return once(where(place), noSuchKind);
      return log.warn({ ...where(place), trouble }, 'watch interrupted');
    },
    forbidden: ({ verb, group, resource, namespace }) =>
      once({ ...where({ resource, namespace }), rule: ruleText(group, resource, [verb]) }, lacksRule),
    held: hold => {
      metrics.loopHeld(hold.controller);
      log.error(hold, heldTheLoop);
    },
  };
}

const lacksRule =
  'RBAC lacks a rule: give it to the ServiceAccount of the operator (the chart has all rules); it goes on by itself';
const heldTheLoop = 'a bug: this reconcile computed so long without a pause, and nobody else was served meanwhile';
const noSuchKind = 'there is no such kind: apply the CustomResourceDefinitions of this version; it goes on by itself';

const isForbidden = (trouble: InformerError): boolean => trouble === 'list-forbidden' || trouble === 'watch-forbidden';
const isNotServed = (trouble: InformerError): boolean =>
  trouble === 'list-not-served' || trouble === 'watch-not-served';

const where = ({ resource, namespace = '' }: Pick<WatchedResource, 'resource' | 'namespace'>) =>
  namespace === '' ? { resource } : { resource, namespace };

/** As it would be in a Role. */
const ruleText = (group: string, resource: string, verbs: PolicyRule['verbs']): string =>
  `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verbs.join('", "')}"]}`;
