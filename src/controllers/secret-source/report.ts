import type { AnySecretSource } from '../../api/secret-source.ts';
import type { SourceStatus } from '../../api/source-fields.ts';
import { type Fault, faultPolicy } from '../../core/fault.ts';
import type { Result } from '../../core/result.ts';
import type { BoundProvider } from '../../providers/remote-reader.ts';
import { type WantedCondition, withConditions } from '../conditions.ts';

/** The status of a source. It speaks of spec, CA bundle and address; logins are told on the references that need them. */
export function sourceStatusAfter(source: AnySecretSource, usable: Result<Usable>, wallMs: number): SourceStatus {
  const { generation } = source.metadata;
  const before = source.status?.conditions ?? [];
  return {
    observedGeneration: generation,
    conditions: withConditions(before, usable.ok ? good(usable.value) : bad(usable.fault), generation, wallMs),
    ...(usable.ok && { provider: usable.value.name, capabilities: ['read', ...usable.value.capabilities] }),
  };
}

/** What a usable source is told by. */
export type Usable = Pick<BoundProvider, 'name' | 'capabilities'>;

const good = ({ name }: Usable): readonly WantedCondition[] => [
  {
    type: 'Ready',
    status: 'True',
    reason: 'Synced',
    message: `spec, address and CA bundle of ${name} can be used`,
  },
];

function bad({ kind, reason, message }: Fault): readonly WantedCondition[] {
  const type = faultPolicy[kind].stalled ? 'Stalled' : 'Reconciling';
  return [
    { type: 'Ready', status: 'False', reason, message },
    { type, status: 'True', reason, message },
  ];
}
