import type { Fault } from './fault.ts';

/** What a step that can fail in expected ways returns. A throw means a bug. */
export type Result<T, F = Fault> = Ok<T> | Failed<F>;
export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}
export interface Failed<F> {
  readonly ok: false;
  readonly fault: F;
}

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value });
export const failed = <F>(fault: F): Failed<F> => ({ ok: false, fault });

export function mapOk<T, U, F>(result: Result<T, F>, change: (value: T) => U): Result<U, F> {
  return result.ok ? ok(change(result.value)) : result;
}

export function flatMap<T, U, F>(result: Result<T, F>, next: (value: T) => Result<U, F>): Result<U, F> {
  return result.ok ? next(result.value) : result;
}

export async function andThen<T, U, F>(
  result: Result<T, F>,
  next: (value: T) => Promise<Result<U, F>>,
): Promise<Result<U, F>> {
  return result.ok ? next(result.value) : result;
}

/** All values, or the first fault in list order. */
export function collect<T, F>(results: readonly Result<T, F>[]): Result<readonly T[], F> {
  const values: T[] = [];
  for (const result of results) {
    if (!result.ok) return result;
    values.push(result.value);
  }
  return ok(values);
}
