import type { ObjectKey } from '../core/object-key.ts';

/** Something was thrown: never expected, counted and logged, never the end of the process. */
export interface Bug {
  readonly controller: string;
  readonly key: ObjectKey;
  /** Where, innermost first: `runtime/controller.ts:31:7`. Our own code only, and no text of the error: it may hold a value. */
  readonly frames: readonly string[];
}

const location =
  /^ {4}at (?:[^()]*\()?(?:async )?(?:file:\/\/)?\/(?:[\w.@~-]+\/)*?(?:src|dist)\/([\w./-]+:\d+:\d+)\)?$/;

export function bugOf(controller: string, key: ObjectKey, thrown: unknown): Bug {
  return { controller, key, frames: framesOf(thrown) };
}

/** Where something was thrown, and nothing of what it says. */
export function framesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  // The message comes first in the stack and may look like a frame itself.
  const stack = (error.stack ?? '').replace(error.message, '');
  const outside = /node_modules|node:/;
  return stack
    .split('\n')
    .filter(line => !outside.test(line))
    .flatMap(line => location.exec(line)?.[1] ?? [])
    .slice(0, 8);
}
