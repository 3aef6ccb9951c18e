import type { Result } from '../core/result.ts';
import type { NamesToMatch } from './re2.ts';
import type { Task } from './task.ts';

/** Which of the names the expression takes as a whole, or why it cannot be used. */
export const matchNames: Task<NamesToMatch, Result<readonly boolean[], string>> = {
  name: 'matchNames',
  load: async () => (await import('./re2.ts')).matchNames,
};
