/**
 * What is known of a reference between reconciles and need not survive a restart: everything here can be found again,
 * at the price of a read. No value is kept, only a fingerprint under a key of this process.
 */
export interface ReferenceState {
  /** Steady milliseconds of the reconcile that last asked the store for what is newest, however it answered. */
  readonly checkedAt?: number;
  /** UID and generation of the sources that were asked then. */
  readonly sources?: string;
  /** The target as we last saw it with its bytes. */
  readonly target?: KnownTarget;
  /** Names under which a Secret was, or may have been, written: status may not have come to hold each. */
  readonly names?: readonly string[];
  /** How often somebody edited the reference or changed its Secret, and how many of these a reconcile has answered. */
  readonly touches?: number;
  readonly counted?: number;
  /** Steady milliseconds of the reconcile that last answered one. */
  readonly changedAt?: number;
  /** Steady milliseconds at which what somebody changed may be read, when the budget of the namespace was used up. */
  readonly readsAt?: number | undefined;
  /** Reads by tokens that are left, and the steady milliseconds at which that was so. */
  readonly bucket?: { readonly left: number; readonly at: number };
  /** In which way it has been failing, and since which steady milliseconds. */
  readonly failing?: { readonly how: string; readonly since: number } | undefined;
  /** The token that an event said cannot be answered. */
  readonly refusedToken?: string;
  /** Steady milliseconds at which it is looked again who runs on which revision. Absent: nobody has looked. */
  readonly pins?: { readonly lookAt: number | undefined };
}

/** Somebody edited it or changed its Secret since it was last reconciled. */
export const isChanged = ({ touches = 0, counted = 0 }: ReferenceState): boolean => touches > counted;

export interface KnownTarget {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly fingerprint: string;
  /** The number of that content. */
  readonly revision: number;
  /** The resourceVersion of the immutable Secret that holds it. */
  readonly pinnedVersion?: string;
}

/** By UID of the reference: of an object made again under the same name nothing is known. */
export class ReferenceStates {
  readonly #entries = new Map<string, ReferenceState>();

  of(uid: string): ReferenceState {
    return this.#entries.get(uid) ?? {};
  }

  update(uid: string, change: ReferenceState): void {
    this.#entries.set(uid, { ...this.of(uid), ...change });
  }

  /** Somebody edited it, or changed its Secret. */
  touch(uid: string): void {
    this.update(uid, { touches: (this.of(uid).touches ?? 0) + 1 });
  }

  /**
   * This process leads again: somebody else may have written meanwhile. What stays is where a Secret may have been left,
   * for where Secrets are not watched nothing else leads to it.
   */
  beginTerm(): void {
    for (const [uid, { names }] of this.#entries) {
      if (names === undefined) this.#entries.delete(uid);
      else this.#entries.set(uid, { names });
    }
  }

  forget(uid: string): void {
    this.#entries.delete(uid);
  }
}
