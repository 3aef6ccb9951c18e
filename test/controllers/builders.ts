import { parseSecretReference, type SecretReference } from '../../src/api/secret-reference/secret-reference.ts';
import type { SecretReferenceStatus } from '../../src/api/secret-reference/status.ts';
import type { ReferenceState } from '../../src/controllers/secret-reference/nouns/reference-state.ts';
import { canary } from '../canary.ts';

import type { Fields } from './fields.ts';

export type { Fields } from './fields.ts';

/** What time it is at the start of each test: steady and wall milliseconds. */
export const start = { steady: 1_800_000_000_000, wall: Date.UTC(2026, 0, 1) } as const;
export const hour = 3_600_000;
/** What the store holds under every remote key, unless a test says otherwise. */
export const password = `${canary}-password`;

interface Parts {
  readonly metadata: Fields & { readonly name: string; readonly generation: number };
  readonly spec: Fields;
  readonly status: Fields | undefined;
  readonly memory: ReferenceState;
}

/**
 * A SecretReference of namespace `etl`, of which a test states only what matters: `reference().synced().due()`.
 * Without more it asks SecretSource `vault` for `etl/db`, property `password`, and was never reconciled.
 */
export const reference = (name = 'db'): ReferenceBuilder =>
  new ReferenceBuilder({
    metadata: { name, namespace: 'etl', uid: `uid-${name}`, resourceVersion: '10', generation: 1 },
    spec: { sourceRef: { name: 'vault' }, ...wants('password') },
    status: undefined,
    memory: {},
  });

/** One entry of `spec.data` a key, from a remote secret of many properties. */
export const wants = (...keys: readonly string[]): Fields => ({
  data: keys.map(secretKey => ({ secretKey, remoteRef: { key: 'etl/db', property: secretKey } })),
});

export class ReferenceBuilder {
  readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** As the API server has it. */
  get raw(): Fields {
    const { metadata, spec, status } = this.parts;
    return { metadata, spec, ...(status === undefined ? {} : { status }) };
  }

  get parsed(): SecretReference {
    const parsed = parseSecretReference(this.raw);
    if (parsed === undefined) throw new Error('the builder makes no readable reference');
    return parsed;
  }

  metadata(fields: Fields): ReferenceBuilder {
    return this.#with({ metadata: { ...this.parts.metadata, ...fields } });
  }

  /** Undefined takes a field away. */
  spec(fields: Fields): ReferenceBuilder {
    const all = Object.entries({ ...this.parts.spec, ...fields });
    return this.#with({ spec: Object.fromEntries(all.filter(([, value]) => value !== undefined)) });
  }

  target(fields: Fields): ReferenceBuilder {
    return this.spec({ target: { ...this.#object(this.parts.spec.target), ...fields } });
  }

  status(fields: Partial<SecretReferenceStatus>): ReferenceBuilder {
    return this.#with({ status: { conditions: [], remote: [], ...this.parts.status, ...fields } });
  }

  remembering(memory: ReferenceState): ReferenceBuilder {
    return this.#with({ memory: { ...this.parts.memory, ...memory } });
  }

  /** In step just now: revision 1, rendered from this generation and served from version 1. */
  synced(): ReferenceBuilder {
    const { name, generation } = this.parts.metadata;
    const target = { name, generation, revision: 1, keys: 1, resourceVersion: '5' };
    return this.status({
      source: { kind: 'SecretSource', name: 'vault' },
      target,
      remote: [{ source: 'vault', key: 'etl/db', version: '1' }],
    })
      .conditions({ Ready: 'Synced', Synced: 'Synced' })
      .remembering({ checkedAt: start.steady });
  }

  /** Its last reconcile failed for this reason, after which the Secret of an earlier one stays Ready. */
  failing(reason: string): ReferenceBuilder {
    const served = this.parts.status?.target !== undefined;
    return this.conditions(
      served ? { Ready: 'Synced', Synced: `!${reason}` } : { Ready: `!${reason}`, Synced: `!${reason}` },
    );
  }

  /** Conditions by their reason; `!reason` is one that is False. */
  conditions(reasons: Readonly<Record<string, string>>): ReferenceBuilder {
    const { generation } = this.parts.metadata;
    return this.status({
      observedGeneration: generation,
      conditions: Object.entries(reasons).map(([type, reason]) => ({
        type,
        status: reason.startsWith('!') ? 'False' : 'True',
        reason: reason.replace('!', ''),
        message: 'as it was',
        lastTransitionTime: '2025-12-31T00:00:00Z',
        observedGeneration: generation,
      })),
    });
  }

  /** Its refresh fell due just now. */
  due(): ReferenceBuilder {
    return this.remembering({ checkedAt: start.steady - 2 * hour });
  }

  edited(fields: Fields = {}): ReferenceBuilder {
    return this.metadata({ generation: this.parts.metadata.generation + 1 }).spec(fields);
  }

  suspended(): ReferenceBuilder {
    return this.spec({ suspend: true });
  }

  merging(): ReferenceBuilder {
    return this.target({ creationPolicy: 'Merge' }).metadata({ finalizers: ['shearline.dev/merged-keys'] });
  }

  going(): ReferenceBuilder {
    return this.metadata({ deletionTimestamp: '2026-01-01T00:00:00Z' });
  }

  annotated(annotations: Readonly<Record<string, string>>): ReferenceBuilder {
    return this.metadata({ annotations: { ...this.#object(this.parts.metadata.annotations), ...annotations } });
  }

  /** Somebody asked for a rotation. */
  token(token: string): ReferenceBuilder {
    return this.annotated({ 'shearline.dev/rotate': token });
  }

  forceSync(token: string): ReferenceBuilder {
    return this.annotated({ 'force-sync': token });
  }

  #with(parts: Partial<Parts>): ReferenceBuilder {
    return new ReferenceBuilder({ ...this.parts, ...parts });
  }

  #object(value: unknown): Fields {
    return typeof value === 'object' && value !== null ? { ...value } : {};
  }
}
