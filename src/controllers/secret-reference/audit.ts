import { objectKey } from '../../core/object-key.ts';
import type { Result } from '../../core/result.ts';
import type { RemoteReader, SourceAccess } from '../../remote/ports.ts';
import type { Observed } from './nouns/observed.ts';
import type { AuditCall, AuditRecord, AuditSubject, Change } from './nouns/records.ts';
import type { Ports, Reports } from './ports.ts';

/** For one sync: what it is done for. */
export interface AuditContext {
  readonly observed: Observed;
  readonly because: string;
  readonly token: string | undefined;
}

/** Reads and lists, each of which is put on record. */
export function audited(
  context: AuditContext,
  { clock, remote, reports: { audit } }: Pick<Ports, 'clock' | 'remote' | 'reports'>,
): Pick<RemoteReader, 'read' | 'list'> {
  if (audit === undefined) return remote;
  const subject = subjectOf(context);
  const recorded = async <T>(
    source: SourceAccess,
    answer: Promise<Result<T>>,
    record: (call: AuditCall, value: T | undefined) => AuditRecord,
  ): Promise<Result<T>> => {
    const start = clock.steady();
    const result = await answer;
    const call = {
      source: source.label,
      provider: source.provider.name,
      result: result.ok ? 'ok' : result.fault.reason,
      durationMs: Math.round(clock.steady() - start),
    } as const;
    audit(record(call, result.ok ? result.value : undefined));
    return result;
  };
  return {
    read: (source, namespace, request, want) =>
      recorded(source, remote.read(source, namespace, request, want), (call, value) => {
        const version = value?.version ?? request.version;
        return { ...subject, action: 'read', key: request.key, ...(version !== undefined && { version }), ...call };
      }),
    list: (source, namespace, request, want) =>
      recorded(source, remote.list(source, namespace, request, want), (call, keys) => ({
        ...subject,
        action: 'list',
        prefix: request.prefix,
        ...(keys && { found: keys.length }),
        ...call,
      })),
  };
}

/** Puts a change of a Secret of the reference on record. */
export function auditWrite(context: AuditContext, name: string, change: Change, { audit }: Reports): void {
  const secret = objectKey(context.observed.reference.metadata.namespace, name);
  audit?.({ ...subjectOf(context), action: 'write', secret, change });
}

function subjectOf({ observed: { key, reference }, because, token }: AuditContext): AuditSubject {
  const { uid, generation } = reference.metadata;
  const owner = reference.spec.ok ? reference.spec.value.owner : undefined;
  return {
    reference: key,
    uid,
    generation,
    ...(owner !== undefined && { owner }),
    because,
    ...(token !== undefined && { token }),
  };
}
