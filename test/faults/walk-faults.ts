import type { Battery } from './battery.ts';
import { anyRequest, anyWrite, create, event, list, read, remove, statusOf, update, watch } from './match.ts';
import type { Chance } from './random.ts';
import type { Recorded, Rule } from './rules.ts';
import { errorEvent, failure, garbage } from './says.ts';

/** Switches a fault on that ends by itself after a few requests, or strikes once. Answers what it was. */
export type Mischief = (battery: Battery, chance: Chance) => Promise<string> | string;

const resources = ['secretreferences', 'secrets', 'namespaces', 'serviceaccounts'] as const;
const anyEvent = ['ADDED', 'MODIFIED', 'DELETED'];
const status = statusOf('secretreferences');

/** An old list of each resource, to be served again. */
const recorded = new Map<string, Recorded>();
const oldLists = new Set<Rule>();

/** A new process has seen nothing that an old list could be older than. */
export function serveNoOldLists(): void {
  for (const rule of oldLists) rule.off();
  oldLists.clear();
}

export const mischiefs: readonly (readonly [weight: number, mischief: Mischief])[] = [
  [4, ({ api }, chance) => onWrites(api.when(anyWrite()).first(1 + chance.below(3)), chance)],
  [3, ({ api }, chance) => onWrites(api.when(status).first(1 + chance.below(3)), chance)],
  [3, ({ api }) => said('the answer to a create is lost', api.when(create('secrets')).nth(1).commitThenReset())],
  [3, ({ api }) => said('the answer to an update is lost', api.when(update('secrets')).nth(1).commitThenReset())],
  [2, ({ api }) => said('the answer to a delete is lost', api.when(remove('secrets')).nth(1).commitThenReset())],
  [3, ({ api }) => said('the answer to a status is lost', api.when(status).nth(1).commitThenReset())],
  [3, ({ api }, chance) => said('slow', api.when(anyRequest).first(20).delay(chance.below(100)))],
  [4, inWatches('are cut', (api, watches) => api.cut(watches))],
  [3, inWatches('say 410', (api, watches) => api.say(watches, errorEvent(410)))],
  [2, inWatches('say 500', (api, watches) => api.say(watches, errorEvent(500)))],
  [2, inWatches('say garbage', (api, watches) => api.say(watches, garbage))],
  [2, ({ api }, chance) => said('an event twice', api.whenEvent(oneOf(chance)).first(3).double())],
  [2, ({ api }, chance) => said('events swapped', api.whenEvent(oneOf(chance)).first(1).swap())],
  [2, ({ api }, chance) => said('an event lost', api.whenEvent(oneOf(chance)).first(1).drop())],
  [2, ({ api }, chance) => said('a line cut off', api.whenEvent(oneOf(chance)).first(1).truncate())],
  [2, rememberList],
  [3, serveOldList],
  [4, ({ store }, chance) => onReads(store.when(read()).first(1 + chance.below(4)), chance)],
  [2, ({ store }) => said('a login fails', store.when({ verb: 'login' }).first(1).answer(503, { errors: [] }))],
];

type Rules = ReturnType<Battery['api']['when']>;

function onWrites(rules: Rules, chance: Chance): string {
  const code = chance.pick([500, 503]);
  const [what, rule] = chance.pick([
    () => [`writes answered ${code}`, rules.answer(code, failure(code))] as const,
    () => ['writes answered 429', rules.answer(429, failure(429), { 'retry-after': '1' })] as const,
    () => ['writes reset', rules.reset()] as const,
    () => ['writes lost', rules.commitThenReset()] as const,
  ])();
  return said(what, rule);
}

function onReads(rules: Rules, chance: Chance): string {
  const [what, rule] = chance.pick([
    () => ['reads answered 500', rules.answer(500, { errors: [] })] as const,
    () => ['reads answered HTML', rules.answer(200, '<html>')] as const,
    () => ['reads reset', rules.reset()] as const,
    () => ['reads slow', rules.delay(300)] as const,
    () => ['reads throttled', rules.answer(429, { errors: [] }, { 'retry-after': '1' })] as const,
  ])();
  return said(what, rule);
}

function inWatches(what: string, act: (api: Battery['api'], watches: ReturnType<typeof watch>) => void): Mischief {
  return ({ api }, chance) => {
    const resource = chance.pick(resources);
    act(api, watch(resource));
    return `watches of ${resource} ${what}`;
  };
}

function rememberList({ api }: Battery, chance: Chance): string {
  const resource = chance.pick(['secretreferences', 'secrets'] as const);
  const recording = api.record(list(resource, managed(resource)));
  void recording.then(answer => recorded.set(resource, answer));
  api.say(watch(resource, managed(resource)), errorEvent(410));
  return `a list of ${resource} is remembered`;
}

function serveOldList({ api }: Battery, chance: Chance): string {
  const resource = chance.pick(['secretreferences', 'secrets'] as const);
  const old = recorded.get(resource);
  if (old === undefined) return 'no old list';
  const lists = api.when(list(resource, managed(resource))).first(1 + chance.below(2));
  oldLists.add(lists.replay(old));
  api.say(watch(resource, managed(resource)), errorEvent(410));
  return `an old list of ${resource} is served`;
}

const managed = (resource: string) => (resource === 'secrets' ? { url: 'managed' } : {});
const oneOf = (chance: Chance) => event(anyEvent, chance.pick(['secretreferences', 'secrets'] as const));
const said = (what: string, _rule: unknown): string => what;
