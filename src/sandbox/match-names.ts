import type { Result } from '../core/result.ts';
import type { Task } from './task.ts';

/** A regular expression of a tenant, and the names to look at. */
export interface NamesToMatch {
  readonly regexp: string;
  readonly names: readonly string[];
}

/** Which of the names the expression takes as a whole, or why it cannot be used. */
export const matchNames: Task<NamesToMatch, Result<readonly boolean[], string>> = {
  name: 'matchNames',
  load: async () => (await import('./re2.ts')).matchNames,
};
