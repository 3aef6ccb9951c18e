import { approval } from './approval.ts';
import { hold } from './hold.ts';
import { publish } from './publish.ts';
import { restart } from './restart.ts';
import { rollback } from './rollback.ts';
import type { Stage } from './stage.ts';
import { validate } from './validate.ts';
import { window } from './window.ts';

/** Every stage, in the order in which a run passes those that its reference asks for. */
export const stages: readonly Stage[] = [validate, approval, window, hold, publish, restart];

/** Where a run goes that fails when it is published already. */
export const afterFailure: Stage = rollback;
