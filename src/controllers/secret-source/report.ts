import type { AnySecretSource } from '../../api/secret-source.ts';
import type { SourceStatus } from '../../api/source-fields.ts';
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
    conditions: withConditions(before, usable.ok ? good(usable.value) : bad(usable.fault), generation, wallMs),
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
    ? ({ type: 'Normal', reason: 'Ready', note: canBeUsed(usable.value) } as const)
    : ({ type: 'Warning', reason: usable.fault.reason, note: usable.fault.message } as const);
  return [eventAbout(kind, metadata, { action: 'Check', ...news })];
}

/** What is reported of a usable source. */
export type Usable = Pick<BoundProvider, 'name' | 'capabilities'>;

const canBeUsed = ({ name }: Usable): string => `spec, address and CA bundle of ${name} can be used`;

const good = (usable: Usable): readonly WantedCondition[] => [
  { type: 'Ready', status: 'True', reason: 'Synced', message: canBeUsed(usable) },
];

function bad({ kind, reason, message }: Fault): readonly WantedCondition[] {
  const type = faultPolicy[kind].stalled ? 'Stalled' : 'Reconciling';
  return [
    { type: 'Ready', status: 'False', reason, message },
    { type, status: 'True', reason, message },
  ];
}
