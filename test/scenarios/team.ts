import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { expect } from '@jest/globals';
import type { SecretReference } from '../../src/api/secret-reference/secret-reference.ts';
import type { OpenBao } from '../servers/openbao.ts';
import { putSecret } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import type { Cluster } from './cluster.ts';
import { storeCaIn } from './manifests.ts';
import { conditionOf, EventView, referenceOf, type SecretView, secretOf } from './objects.ts';
import type { Operator } from './operator.ts';

/** One namespace with a ServiceAccount `app`, and what its people do and see. */
export interface Team {
  readonly namespace: string;
  /** Writes `<namespace>/<path>` at OpenBao and answers its version. */
  put(path: string, data: object): Promise<number>;
  /** Applies a reference; without a spec it extracts the remote secret of its own name. */
  refer(name: string, spec?: object, metadata?: object): Promise<void>;
  /** One part of the spec of all pairs of a remote secret. */
  extract(path: string, more?: object): object;
  reference(name: string): Promise<SecretReference>;
  /** Waits until the reference is as it should be, and answers it. */
  until(name: string, what: string, holds: (reference: SecretReference) => boolean): Promise<SecretReference>;
  /** Waits until the present generation is in step. */
  synced(name: string): Promise<SecretReference>;
  /** Waits until the present generation fails for this reason, and answers the message. */
  failing(name: string, reason: string): Promise<string>;
  annotate(name: string, annotations: Readonly<Record<string, string | null>>): Promise<void>;
  /** Changes fields of the Secret by hand; null takes one away. */
  tamper(name: string, change: object): Promise<void>;
  /** Asks for a rotation and waits for its answer, whatever it is. */
  rotate(name: string, token: string): Promise<SecretReference>;
  secret(name: string): Promise<SecretView | undefined>;
  /** Waits until the Secret is as it should be, and answers it. */
  secretThat(name: string, what: string, holds: (secret: SecretView) => boolean): Promise<SecretView>;
  events(name: string): Promise<readonly EventView[]>;
  /** Waits for an event of this reason, and answers its note. */
  event(name: string, reason: string): Promise<string>;
}

export interface TeamPlace {
  readonly cluster: Cluster;
  readonly controlPlane: { readonly ca: string };
  readonly bao: OpenBao;
  readonly operator: Pick<Operator, 'log'>;
}

export async function formTeam(place: TeamPlace, namespace: string, labels = {}): Promise<Team> {
  const { cluster } = place;
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } });
  await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'app', namespace } });
  await cluster.create(storeCaIn(namespace, place.controlPlane.ca));
  const put: Team['put'] = (path, data) => putSecret(place.bao, `${namespace}/${path}`, data);
  return { ...teamIn(place, namespace), put };
}

/** What people do and see in a namespace that is there already, whatever store they use. */
export const teamIn = (place: AnyPlace, namespace: string): Omit<Team, 'put'> => ({
  ...theirDoings(place, namespace),
  ...theirView(place, namespace),
});

type AnyPlace = Omit<TeamPlace, 'bao' | 'controlPlane'>;
type Doings = Pick<Team, 'namespace' | 'refer' | 'extract' | 'annotate' | 'tamper' | 'rotate'>;

function theirDoings(place: AnyPlace, namespace: string): Doings {
  const { cluster } = place;
  const { until } = theirView(place, namespace);
  const extract: Team['extract'] = (path, more = {}) => ({ extract: { key: `${namespace}/${path}` }, ...more });
  const annotate: Team['annotate'] = (name, annotations) =>
    cluster.patch('SecretReference', name, namespace, { metadata: { annotations } });
  return {
    namespace,
    extract,
    annotate,
    tamper: (name, change) => cluster.patch('Secret', name, namespace, change),
    refer: (name, spec = { dataFrom: [extract(name)] }, metadata = {}) =>
      cluster.apply({
        apiVersion: 'shearline.dev/v1alpha1',
        kind: 'SecretReference',
        metadata: { name, namespace, ...metadata },
        spec,
      }),
    rotate: async (name, token) => {
      await annotate(name, { 'shearline.dev/rotate': token });
      return until(name, `token ${token} to be answered`, ({ status }) => status?.rotation?.lastHandled === token);
    },
  };
}

function theirView({ cluster, operator }: AnyPlace, namespace: string): Omit<Team, keyof Doings | 'put'> {
  const reference = async (name: string) => referenceOf(await cluster.read('SecretReference', name, namespace));
  const secret = async (name: string) => {
    const raw = await cluster.read('Secret', name, namespace);
    return raw === undefined ? undefined : secretOf(raw);
  };
  const events = async (name: string) =>
    (await cluster.list('Event', namespace))
      .map(raw => EventView.parse(raw))
      .filter(({ regarding }) => regarding.name === name);
  const untilReference: Team['until'] = (name, what, holds) =>
    patiently(operator, `${namespace}/${name}: ${what}`, () => reference(name), holds);
  const settled = (name: string, status: string, reason: string) =>
    untilReference(name, `Synced=${status} ${reason}`, each => {
      const synced = conditionOf(each, 'Synced');
      const current = synced?.observedGeneration === each.metadata.generation;
      return current && synced.status === status && synced.reason === reason;
    });
  return {
    reference,
    secret,
    until: untilReference,
    synced: name => settled(name, 'True', 'Synced'),
    failing: async (name, reason) => conditionOf(await settled(name, 'False', reason), 'Synced')?.message ?? '',
    secretThat: async (name, what, holds) => {
      const found = await patiently(
        operator,
        `Secret ${namespace}/${name}: ${what}`,
        () => secret(name),
        seen => seen !== undefined && holds(seen),
      );
      if (found === undefined) throw new Error(`Secret ${name} is gone`);
      return found;
    },
    events,
    event: async (name, reason) => {
      const find = async () => (await events(name)).find(event => event.reason === reason);
      return (
        (await patiently(operator, `an event ${reason} about ${name}`, find, found => found !== undefined))?.note ?? ''
      );
    },
  };
}

/** Waits; when it gives up, it tells what it saw last, and the last words of the operator. Counts as an assertion. */
async function patiently<T>(
  { log }: Pick<Operator, 'log'>,
  what: string,
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
): Promise<T> {
  let seen = await look();
  const right = async () => {
    seen = await look();
    return holds(seen);
  };
  await until(what, right).catch(async (problem: Error) => {
    const words = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-8).join('\n');
    const last = inspect(seen, { depth: 6, breakLength: 120 });
    throw new Error(`${problem.message}; seen last: ${last}\nthe operator's log ends:\n${words}`);
  });
  expect(holds(seen)).toBe(true);
  return seen;
}
