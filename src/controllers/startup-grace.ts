import { type Fault, faultOrigin } from '../core/fault.ts';
import type { ObjectMeta } from '../core/object-meta.ts';

const youngMs = 2000;

/** Milliseconds until another look at an object that misses what may be applied together with it. */
export const graceRetryMs = 500;

/** Two seconds old at most; clocks that differ by more cost nothing but a warning that was too early. */
export const isYoung = ({ creationTimestamp }: ObjectMeta, wallMs: number): boolean =>
  Math.abs(wallMs - Date.parse(creationTimestamp)) < youngMs;

/** What is missing may have been applied together with the object, and arrives by a watch of its own. */
export const mayArrive = ({ reason }: Fault): boolean => faultOrigin[reason].healedBy === 'arrival';
