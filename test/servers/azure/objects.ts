import { randomBytes } from 'node:crypto';

/** One version of a secret. Times are seconds since 1970, as on the wire. */
export interface SecretVersion {
  readonly version: string;
  readonly value: string;
  readonly contentType?: string;
  readonly enabled: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: number;
  readonly updated: number;
}

export interface Secret {
  /** As it was first written; it is found in any case. */
  readonly name: string;
  /** The newest last. */
  readonly versions: readonly SecretVersion[];
  readonly deleted?: { readonly at: number };
}

export type Change = Partial<Pick<SecretVersion, 'value' | 'contentType' | 'enabled' | 'tags'>>;

/** The secrets of one vault, with their versions; what is deleted stays until it is purged. */
export class Secrets {
  readonly #secrets = new Map<string, Secret>();

  find(name: string): Secret | undefined {
    return this.#secrets.get(name.toLowerCase());
  }

  /** Of both kinds, in the order in which they were first written. */
  all(): readonly Secret[] {
    return [...this.#secrets.values()];
  }

  /** A new version. */
  set(name: string, change: Change & Pick<SecretVersion, 'value'>): SecretVersion {
    const now = seconds();
    const version = randomBytes(16).toString('hex');
    const made = { enabled: true, tags: {}, ...change, version, created: now, updated: now };
    const secret = this.find(name) ?? { name, versions: [] };
    this.#keep({ ...secret, versions: [...secret.versions, made] });
    return made;
  }

  /** Changes what is about a version, the newest one unless another is named; undefined when there is none. */
  update(name: string, change: Change, version?: string): SecretVersion | undefined {
    const secret = this.find(name);
    const old = secret && versionOf(secret, version);
    if (!secret || !old) return undefined;
    const changed = { ...old, ...change, updated: seconds() };
    this.#keep({ ...secret, versions: secret.versions.map(each => (each === old ? changed : each)) });
    return changed;
  }

  remove(name: string): void {
    const secret = this.find(name);
    if (secret) this.#keep({ ...secret, deleted: { at: seconds() } });
  }

  recover(name: string): void {
    const secret = this.find(name);
    if (secret) this.#keep({ name: secret.name, versions: secret.versions });
  }

  purge(name: string): void {
    this.#secrets.delete(name.toLowerCase());
  }

  #keep(secret: Secret): void {
    this.#secrets.set(secret.name.toLowerCase(), secret);
  }
}

export function versionOf({ versions }: Secret, version?: string): SecretVersion | undefined {
  return version === undefined ? versions.at(-1) : versions.find(each => each.version === version);
}

const seconds = (): number => Math.floor(Date.now() / 1000);
