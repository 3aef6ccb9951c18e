import { type Lane, rank } from './priority.ts';

/** Whose turn is next: the highest lane that waits, but a lane that was passed over seven times gets the eighth turn. */
export class LaneTurns {
  readonly #passedOver: Record<Lane, number> = { rotation: 0, edit: 0, refresh: 0 };

  /** `waiting` is in lane order. The answer counts as served. */
  next(waiting: readonly Lane[]): Lane | undefined {
    const lane = waiting.findLast(each => this.#passedOver[each] >= 7) ?? waiting[0];
    if (lane === undefined) return undefined;
    for (const each of waiting) if (rank(each) > rank(lane)) this.#passedOver[each] += 1;
    this.#passedOver[lane] = 0;
    return lane;
  }
}
