import { canary } from '../canary.ts';

/** What should be, kept beside the cluster. Only the walk itself changes it, so it is the same for the same seed. */
export class Model {
  readonly references = new Map<string, Wanted>();
  /** By remote key: all values that it ever had, the newest last. */
  readonly #values = new Map<string, string[]>();
  #tokens = 0;

  valuesOf(key: string): readonly string[] {
    return this.#values.get(key) ?? [];
  }

  nextValue(key: string): string {
    const values = this.#values.get(key) ?? [];
    this.#values.set(key, values);
    const value = `${canary}-${key.replaceAll('/', '-')}-${values.length}`;
    values.push(value);
    return value;
  }

  nextToken(): string {
    this.#tokens += 1;
    return `token-${this.#tokens}`;
  }

  /** Something was asked for that reads again: nothing older than what the store has now will do. */
  asked(wanted: Wanted, change: Partial<Wanted> = {}): Wanted {
    const next = { ...wanted, ...change };
    const known = { ...next, atLeast: this.valuesOf(next.key).length - 1 };
    this.references.set(idOf(known), known);
    return known;
  }
}

/** One reference as the walk wants it. */
export interface Wanted {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  readonly target: string;
  readonly label: string;
  /** The oldest value that may be served, an index of the key's values. */
  readonly atLeast: number;
  /** The last rotation that was asked for, and whether its answer may be Failed. */
  readonly token?: string;
  readonly mayFail?: boolean;
}

export const idOf = ({ namespace, name }: Pick<Wanted, 'namespace' | 'name'>): string => `${namespace}/${name}`;

/** The name of a Secret of somebody else, in each namespace. */
export const foreign = 'foreign';

export const inConflict = ({ target }: Wanted): boolean => target === foreign;

export const manifestOf = ({ namespace, name, key, target, label }: Wanted) =>
  ({
    apiVersion: 'shearline.dev/v1alpha1',
    kind: 'SecretReference',
    metadata: { name, namespace },
    spec: {
      refreshInterval: '0s',
      data: [{ secretKey: 'PASSWORD', remoteRef: { key, property: 'password' } }],
      target: { name: target, labels: { 'example.com/walk': label } },
    },
  }) as const;
