import { isDeepStrictEqual } from 'node:util';
import { type ObjectKey, objectKey } from '../../src/core/object-key.ts';
import { failed, ok } from '../../src/core/result.ts';
import type { CallOptions, KubeClient, KubeFault, KubeResult, ListPage, Resource } from '../../src/kube/api.ts';
import { FieldManagers } from './field-managers.ts';
import { type Fields, fieldsOf, merged, textOf } from './fields.ts';

/**
 * Objects in memory, kept by the API server's rules: preconditions on UID and resourceVersion, one resourceVersion for
 * all, immutable types, finalizers, status apart from spec, apply that is never forced. A write that changes nothing
 * leaves no new version. `see` is called for each change, as a watch would.
 */
export class FakeApiServer implements KubeClient {
  readonly #objects = new Map<string, Fields>();
  readonly #managers = new Map<string, FieldManagers>();
  readonly #see: (plural: string, key: ObjectKey, object: Fields | undefined) => void;
  readonly #plans: Plan[] = [];
  readonly #afterwards: Plan[] = [];
  #version = 100;
  /** Requests that arrived, in order: `create secrets/db`, `patch secretreferences/db/status`. GETs apart. */
  readonly writes: string[] = [];
  readonly gets: string[] = [];

  constructor(see: (plural: string, key: ObjectKey, object: Fields | undefined) => void) {
    this.#see = see;
  }

  /** Instead of doing what the next such request asks, answers with this fault. */
  refuse(request: string, fault: KubeFault): void {
    this.#plans.push({ request, fault });
  }

  /** Somebody is faster than the next such request. */
  before(request: string, happens: () => void): void {
    this.#plans.push({ request, happens });
  }

  /** The process is killed right before the next such request, or right after it: nobody learns of the answer. */
  kill(when: 'before' | 'after', request: string, process: AbortController): void {
    const happens = () => process.abort();
    if (when === 'before') this.#plans.push({ request, happens, fault: { kind: 'unavailable' } });
    else this.#afterwards.push({ request, happens });
  }

  /** What an administrator sees. */
  find(plural: string, name: string, namespace = 'etl'): Fields | undefined {
    return this.#objects.get(`${plural} ${objectKey(namespace, name)}`);
  }

  /** Anybody's write, past all preconditions. */
  put(plural: string, raw: Fields): void {
    const { name, namespace } = fieldsOf(raw.metadata);
    this.#overwrite(plural, objectKey(textOf(namespace), textOf(name)), raw);
  }

  /** Anybody's change, as a merge patch. */
  change(plural: string, name: string, patch: Fields, namespace = 'etl'): void {
    this.put(plural, merged(this.find(plural, name, namespace) ?? {}, patch));
  }

  /** Anybody's deletion: finalizers hold it up, and what the object owned goes with it. */
  remove(plural: string, name: string, namespace = 'etl'): void {
    const object = this.find(plural, name, namespace);
    if (object === undefined) return;
    const { finalizers } = fieldsOf(object.metadata);
    if (Array.isArray(finalizers) && finalizers.length > 0)
      this.change(plural, name, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }, namespace);
    else this.#drop(plural, objectKey(namespace, name), object);
  }

  async get({ plural }: Resource, key: ObjectKey, options: CallOptions): Promise<KubeResult<unknown>> {
    this.gets.push(`get ${plural}/${nameOf(key)}`);
    return this.#planned(`get ${plural}/${nameOf(key)}`, options) ?? this.#found(plural, key, ok);
  }

  /** One page holds all. The selectors that it knows: of labels by value or existence, and of pods that have not ended. */
  async list({ plural }: Resource, namespace: string, page: ListPage, options: CallOptions) {
    const { labelSelector = '', fieldSelector } = page;
    // Which list of pods it is, as `list pods shearline.dev/pinned-db`.
    const request = ['list', plural, ...(labelSelector.includes('=') ? [] : [labelSelector])].join(' ').trim();
    this.gets.push(request);
    const hasEnded = ({ status }: Fields) => ['Succeeded', 'Failed'].includes(textOf(fieldsOf(status).phase));
    const found = [...this.#objects].filter(
      ([name, object]) =>
        name.startsWith(`${plural} ${namespace}/`) &&
        isSelected(object, labelSelector) &&
        (fieldSelector === undefined || !hasEnded(object)),
    );
    return this.#planned(request, options) ?? ok({ items: found.map(([, object]) => object) });
  }

  async create({ plural }: Resource, namespace: string, body: unknown, options: CallOptions) {
    const raw = fieldsOf(body);
    const key = objectKey(namespace, textOf(fieldsOf(raw.metadata).name));
    return this.#write(`create ${plural}/${nameOf(key)}`, options, () => {
      if (this.#objects.has(`${plural} ${key}`)) return failed<KubeFault>({ kind: 'already-exists' });
      const uid = `uid-made-${this.#version}`;
      return ok(this.#store(plural, key, { ...raw, metadata: { ...fieldsOf(raw.metadata), namespace, uid } }));
    });
  }

  async replace({ plural }: Resource, key: ObjectKey, body: unknown, options: CallOptions) {
    const raw = fieldsOf(body);
    return this.#write(`update ${plural}/${nameOf(key)}`, options, () =>
      this.#found(plural, key, before => {
        const fault = preconditions(before, fieldsOf(raw.metadata)) ?? frozen(before, raw);
        return fault === undefined ? ok(this.#overwrite(plural, key, raw)) : failed(fault);
      }),
    );
  }

  async patch({ plural }: Resource, key: ObjectKey, patch: PatchOf, options: CallOptions) {
    const request = `patch ${plural}/${nameOf(key)}${patch.subresource === undefined ? '' : '/status'}`;
    const body = fieldsOf(patch.body);
    return this.#write(request, options, () =>
      this.#found(plural, key, before => {
        const fault = preconditions(before, fieldsOf(body.metadata));
        if (fault !== undefined) return failed(fault);
        const after =
          patch.fieldManager === undefined
            ? patch.subresource === undefined
              ? patchedSpec(before, body)
              : merged(before, { status: body.status })
            : this.#managersOf(plural, key).apply(before, patch.fieldManager, body);
        return after === undefined
          ? failed<KubeFault>({ kind: 'refused', cause: 'field-owned' })
          : ok(this.#settle(plural, key, after));
      }),
    );
  }

  async delete({ plural }: Resource, key: ObjectKey, wanted: Fields, options: CallOptions): Promise<KubeResult<void>> {
    return this.#write(`delete ${plural}/${nameOf(key)}`, options, () =>
      this.#found(plural, key, before => {
        const fault = preconditions(before, wanted);
        if (fault !== undefined) return failed(fault);
        this.#drop(plural, key, before);
        return ok(undefined);
      }),
    );
  }

  async createSub(): Promise<KubeResult<unknown>> {
    return failed({ kind: 'unavailable' });
  }

  #planned(request: string, { signal }: CallOptions): KubeResult<never> | undefined {
    if (signal.aborted) return failed({ kind: 'unavailable' });
    const index = this.#plans.findIndex(plan => plan.request === request);
    const [plan] = index < 0 ? [] : this.#plans.splice(index, 1);
    plan?.happens?.();
    return plan?.fault === undefined ? undefined : failed(plan.fault);
  }

  async #write<T>(request: string, options: CallOptions, run: () => KubeResult<T>): Promise<KubeResult<T>> {
    if (!options.signal.aborted) this.writes.push(request);
    const answer = this.#planned(request, options) ?? run();
    const index = this.#afterwards.findIndex(plan => plan.request === request);
    for (const { happens } of index < 0 ? [] : this.#afterwards.splice(index, 1)) happens?.();
    return answer;
  }

  #found<T>(plural: string, key: ObjectKey, next: (object: Fields) => KubeResult<T>): KubeResult<T> {
    const object = this.#objects.get(`${plural} ${key}`);
    return object === undefined ? failed({ kind: 'not-found' }) : next(object);
  }

  /** The last finalizer of an object that is going takes the object along. */
  #settle(plural: string, key: ObjectKey, after: Fields): Fields {
    const { deletionTimestamp, finalizers } = fieldsOf(after.metadata);
    if (deletionTimestamp === undefined || (Array.isArray(finalizers) && finalizers.length > 0))
      return this.#store(plural, key, after);
    this.#drop(plural, key, after);
    return after;
  }

  /** Not by apply: whoever changes a field takes it over. */
  #overwrite(plural: string, key: ObjectKey, raw: Fields): Fields {
    this.#managersOf(plural, key).wrote(this.#objects.get(`${plural} ${key}`) ?? {}, raw);
    return this.#store(plural, key, raw);
  }

  #store(plural: string, key: ObjectKey, raw: Fields): Fields {
    const id = `${plural} ${key}`;
    const before = this.#objects.get(id);
    const given = fieldsOf(raw.metadata);
    const resourceVersion = fieldsOf(before?.metadata).resourceVersion;
    if (before !== undefined && isDeepStrictEqual({ ...raw, metadata: { ...given, resourceVersion } }, before))
      return before;
    const after = { ...raw, metadata: { ...given, resourceVersion: `${++this.#version}` } };
    this.#objects.set(id, after);
    this.#see(plural, key, after);
    return after;
  }

  #drop(plural: string, key: ObjectKey, object: Fields): void {
    this.#objects.delete(`${plural} ${key}`);
    this.#managers.delete(`${plural} ${key}`);
    this.#see(plural, key, undefined);
    const { uid } = fieldsOf(object.metadata);
    for (const [id, owned] of [...this.#objects])
      if (isOwnedBy(owned, uid)) this.remove(id.slice(0, id.indexOf(' ')), textOf(fieldsOf(owned.metadata).name));
  }

  #managersOf(plural: string, key: ObjectKey): FieldManagers {
    const id = `${plural} ${key}`;
    const known = this.#managers.get(id) ?? new FieldManagers();
    this.#managers.set(id, known);
    return known;
  }
}

interface Plan {
  readonly request: string;
  readonly fault?: KubeFault;
  readonly happens?: () => void;
}

type PatchOf = Parameters<KubeClient['patch']>[2];

const nameOf = (key: ObjectKey): string => key.slice(key.indexOf('/') + 1);

/** `a=b,c=d`, or `a` for a label that is there. */
function isSelected({ metadata }: Fields, labelSelector = ''): boolean {
  const labels = fieldsOf(fieldsOf(metadata).labels);
  return labelSelector.split(',').every(pair => {
    const [name = '', value] = pair.split('=');
    return name === '' || (value === undefined ? name in labels : labels[name] === value);
  });
}

/** Each change of a spec is a generation, where the kind counts them. */
function patchedSpec(before: Fields, { metadata, spec }: Fields): Fields {
  const after = merged(before, spec === undefined ? { metadata } : { metadata, spec });
  const { generation } = fieldsOf(before.metadata);
  if (typeof generation !== 'number' || isDeepStrictEqual(before.spec, after.spec)) return after;
  return merged(after, { metadata: { generation: generation + 1 } });
}

function preconditions(before: Fields, wanted: Fields): KubeFault | undefined {
  const there = fieldsOf(before.metadata);
  const differs = (name: string): boolean => wanted[name] !== undefined && wanted[name] !== there[name];
  return differs('uid') || differs('resourceVersion') ? { kind: 'conflict' } : undefined;
}

function frozen(before: Fields, after: Fields): KubeFault | undefined {
  const thawed = before.immutable === true && after.immutable !== true;
  const changed =
    before.type !== after.type || (before.immutable === true && !isDeepStrictEqual(before.data, after.data));
  return thawed || changed ? { kind: 'refused', cause: 'immutable' } : undefined;
}

const isOwnedBy = ({ metadata }: Fields, uid: unknown): boolean => {
  const { ownerReferences } = fieldsOf(metadata);
  return Array.isArray(ownerReferences) && ownerReferences.some(owner => fieldsOf(owner).uid === uid);
};
