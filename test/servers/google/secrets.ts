/** What a Secret Manager holds: secrets with their versions, labels and aliases. In memory. */
export interface Secret {
  /** Without project and location. */
  readonly id: string;
  readonly location: string | undefined;
  readonly createdMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly aliases: Readonly<Record<string, number>>;
  /** From number 1 on. */
  readonly versions: readonly Version[];
}

export interface Version {
  readonly number: number;
  readonly createdMs: number;
  readonly state: State;
  readonly data: Uint8Array;
}

/** As REST has them, by their numbers. */
export const states = ['STATE_UNSPECIFIED', 'ENABLED', 'DISABLED', 'DESTROYED'] as const;
export type State = (typeof states)[number];

export type Changes = Partial<Pick<Secret, 'labels' | 'aliases'>>;

export class Secrets {
  readonly #secrets = new Map<string, Secret>();

  create(id: string, location: string | undefined, changes: Changes = {}): Secret {
    const secret = { id, location, createdMs: Date.now(), labels: {}, aliases: {}, versions: [], ...changes };
    return this.#keep(secret);
  }

  find(id: string, location: string | undefined): Secret | undefined {
    return this.#secrets.get(keyOf(id, location));
  }

  /** The newest first. */
  all(location: string | undefined): readonly Secret[] {
    return [...this.#secrets.values()].filter(secret => secret.location === location).reverse();
  }

  update(secret: Secret, changes: Changes): Secret {
    return this.#keep({ ...secret, ...changes });
  }

  remove({ id, location }: Secret): void {
    this.#secrets.delete(keyOf(id, location));
  }

  addVersion(secret: Secret, data: Uint8Array): Version {
    const version: Version = { number: secret.versions.length + 1, createdMs: Date.now(), state: 'ENABLED', data };
    this.#keep({ ...secret, versions: [...secret.versions, version] });
    return version;
  }

  /** What is destroyed has no value any more. */
  setState(secret: Secret, number: number, state: State): Version | undefined {
    const change = (version: Version) =>
      version.number === number ? { ...version, state, data: state === 'DESTROYED' ? nothing : version.data } : version;
    return versionOf(this.#keep({ ...secret, versions: secret.versions.map(change) }), `${number}`);
  }

  #keep(secret: Secret): Secret {
    this.#secrets.set(keyOf(secret.id, secret.location), secret);
    return secret;
  }
}

/** By number, by alias, or the newest whatever its state: that is what `latest` means. */
export function versionOf({ versions, aliases }: Secret, name: string): Version | undefined {
  if (name === 'latest') return versions.at(-1);
  const number = aliases[name] ?? (/^[1-9][0-9]*$/.test(name) ? Number(name) : 0);
  return versions[number - 1];
}

const nothing = new Uint8Array();

const keyOf = (id: string, location: string | undefined): string => `${location ?? ''}/${id}`;
