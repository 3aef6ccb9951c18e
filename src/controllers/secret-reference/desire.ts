import { andThen, failed, flatMap, ok, type Result } from '../../core/result.ts';
import type { RemoteReader } from '../../remote/ports.ts';
import type { ReconcileRequest } from '../../runtime/reconcile.ts';
import { fillTemplate } from './fill-template.ts';
import type { AllAnswers, Desired } from './nouns/desired.ts';
import type { Observed } from './nouns/observed.ts';
import type { SyncPlan } from './nouns/planned.ts';
import type { Ports } from './ports.ts';
import { readAll } from './reads/read-all.ts';
import { sandboxTurn } from './reads/sandbox-turn.ts';
import { render } from './render.ts';
import { largerThanPolicy } from './source-policy.ts';
import { valuesOf } from './values.ts';

/** What the stores answered, and the Secrets that come of it. */
export interface Wish extends AllAnswers {
  readonly desired: Desired;
}

/** read → values → template → render: the part of a reconcile that writes nothing, which `shearline render` shares. */
export async function desire(
  observed: Observed,
  todo: SyncPlan,
  ports: Pick<Ports, 'clock' | 'caches' | 'sandbox' | 'readTemplates'> & {
    readonly remote: Pick<RemoteReader, 'read' | 'list'>;
  },
  work: Pick<ReconcileRequest, 'priority' | 'readSignal'>,
): Promise<Result<Wish>> {
  const { reference, targetName } = observed;
  const read = await readAll(observed, todo, ports, work);
  return andThen(read, async ({ answers, leftOut }) => {
    const values = await valuesOf(answers, ports.clock, sandboxTurn(observed, ports, work));
    const { template } = todo.spec.target;
    const filled = await andThen(values, each => fillTemplate(observed, template, each, ports, work.readSignal));
    const desired = flatMap(filled, material => render(reference.metadata, targetName, todo.spec, material));
    return flatMap(desired, value => {
      const tooLarge = largerThanPolicy(value, todo);
      return tooLarge === undefined ? ok({ answers, leftOut, desired: value }) : failed(tooLarge);
    });
  });
}
