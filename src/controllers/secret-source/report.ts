import type { SourceStatus } from '../../api/secret-source/fields.ts';
import type { AnySecretSource } from '../../api/secret-source/secret-source.ts';
import { type Fault, faultPolicy } from '../../core/fault.ts';
import type { Result } from '../../core/result.ts';
import type { EventNote } from '../../kube/api.ts';
import type { BoundProvider } from '../../providers/provider.ts';
import { type WantedCondition, withConditions } from '../conditions.ts';
import { eventAbout, isNews } from '../events.ts';

/** The status of a source. It speaks of spec, CA bundle and address; logins are reported on the references that need them. */
export function sourceStatusAfter(source: AnySecretSource, usable: Result<Usable>, wallMs: number): SourceStatus {
  const { generation } = source.metadata;
  const before = source.status?.conditions ?? [];
  return {
    observedGeneration: generation,
    conditions: withConditions(before, usable.ok ? [good(usable.value)] : bad(usable.fault), generation, wallMs),
    ...(usable.ok && { provider: usable.value.name, capabilities: ['read', ...usable.value.capabilities] }),
  };
}

/** An event where Ready says something new. */
export function sourceEvents(
  kind: Parameters<typeof eventAbout>[0],
  { metadata, status }: AnySecretSource,
  usable: Result<Usable>,
  { conditions }: SourceStatus,
): readonly EventNote[] {
  if (!isNews('Ready', status?.conditions, conditions)) return [];
  const news = usable.ok
    ? ({ type: 'Normal', reason: 'Ready', note: good(usable.value).message } as const)
    : ({ type: 'Warning', reason: usable.fault.reason, note: usable.fault.message } as const);
  return [eventAbout(kind, metadata, { action: 'Check', ...news })];
}

/** What is reported of a usable source. */
export type Usable = Pick<BoundProvider, 'name' | 'capabilities' | 'needs'>;

/** A source that holds values in the open works, and everybody who looks at it shall see what it is. */
const good = ({ name, needs }: Usable): WantedCondition & { readonly message: string } =>
  needs.insecure === undefined
    ? { ...ready, reason: 'Synced', message: `spec, address and CA bundle of ${name} can be used` }
    : { ...ready, reason: 'Insecure', message: `${name} holds values in the open: for tests, never for secrets` };

const ready = { type: 'Ready', status: 'True' } as const;

function bad({ kind, reason, message }: Fault): readonly WantedCondition[] {
  const type = faultPolicy[kind].stalled ? 'Stalled' : 'Reconciling';
  return [
    { type: 'Ready', status: 'False', reason, message },
    { type, status: 'True', reason, message },
  ];
}
