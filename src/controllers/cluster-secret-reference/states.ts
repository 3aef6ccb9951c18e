import { type ObjectKey, splitKey } from '../../core/object-key.ts';

/** Why a namespace has not what it should have. */
export interface Trouble {
  /** As conditions have it. */
  readonly reason: string;
  readonly message?: string;
  /** Only a change by somebody can end it. */
  readonly stalled: boolean;
  /** Steady milliseconds before which it is not written to again, whatever happens there. */
  readonly until?: number;
}

/** What is known between reconciles and need not survive a restart: the same write fails again. */
export class ClusterReferenceStates {
  readonly #refusals = new Map<ObjectKey, Trouble>();
  readonly #refusedTokens = new Map<string, string>();

  /** Of the last write to that namespace. */
  refusal(place: ObjectKey): Trouble | undefined {
    return this.#refusals.get(place);
  }

  setRefusal(place: ObjectKey, trouble: Trouble | undefined): void {
    if (trouble === undefined) this.#refusals.delete(place);
    else this.#refusals.set(place, trouble);
  }

  /** True once for each token that cannot be passed on. */
  refusesToken(name: string, token: string): boolean {
    if (this.#refusedTokens.get(name) === token) return false;
    this.#refusedTokens.set(name, token);
    return true;
  }

  /** What failed under another leader is tried again by this one. */
  beginTerm(): void {
    this.#refusals.clear();
  }

  /** After an edit: it may have been made because of a refusal. */
  forget(name: string): void {
    this.#refusedTokens.delete(name);
    for (const place of this.#refusals.keys()) if (splitKey(place).name === name) this.#refusals.delete(place);
  }
}
