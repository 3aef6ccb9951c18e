import type { Clock } from '../core/clock.ts';
import type { Caller } from './caller.ts';

/** Tells for how long nobody has asked the API server for anything: what can wait does not stand in the way of what cannot. */
export interface Stillness {
  /** The caller that is listened to. */
  readonly call: Caller;
  /** Milliseconds since its last call ended; 0 while one is under way. */
  stillMs(): number;
}

export function listenTo(call: Caller, clock: Clock): Stillness {
  let underWay = 0;
  let endedAt = clock.steady();
  return {
    call: async (request, options) => {
      underWay += 1;
      try {
        return await call(request, options);
      } finally {
        underWay -= 1;
        endedAt = clock.steady();
      }
    },
    stillMs: () => (underWay > 0 ? 0 : clock.steady() - endedAt),
  };
}
