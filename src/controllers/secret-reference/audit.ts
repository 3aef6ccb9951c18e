import type { FaultReason } from '../../core/fault.ts';
import { type ObjectKey, objectKey } from '../../core/object-key.ts';
import type { Result } from '../../core/result.ts';
import type { RemoteReader, SourceAccess } from '../../providers/remote-reader.ts';
import type { Observed } from './observe.ts';
import type { Ports } from './ports.ts';

/**
 * One thing that was done for a reference: `read` and `list` ask a store, `write` changes a Secret. Identifiers only. The
 * schema is documented in docs/audit.md, and fields are only ever added.
 */
export type AuditRecord = AuditSubject &
  (
    | (AuditCall & { readonly action: 'read'; readonly key: string; readonly version?: string })
    | (AuditCall & { readonly action: 'list'; readonly prefix: string; readonly found?: number })
    | { readonly action: 'write'; readonly secret: ObjectKey; readonly change: Change }
  );

type Change = 'created' | 'updated' | 'deleted';

interface AuditSubject {
  readonly reference: ObjectKey;
  readonly uid: string;
  readonly generation: number;
  readonly owner?: string;
  /** Why: `RotationRequested`, `SpecChanged`, `RefreshDue`, … */
  readonly because: string;
  /** The token of the rotation that was asked for. */
  readonly token?: string;
}

interface AuditCall {
  /** `ClusterSecretSource vault-prod`. */
  readonly source: string;
  readonly provider: string;
  /** `ok`, or the reason of the fault. */
  readonly result: 'ok' | FaultReason;
  /** From the request to its answer; a read that several share is reported for each of them. */
  readonly durationMs: number;
}

/** For one sync: what it is done for. */
export interface AuditContext {
  readonly observed: Observed;
  readonly because: string;
  readonly token: string | undefined;
}

/** Reads and lists, each of which is put on record. */
export function audited(
  context: AuditContext,
  ports: Pick<Ports, 'audit' | 'clock' | 'remote'>,
): Pick<RemoteReader, 'read' | 'list'> {
  const { audit, clock, remote } = ports;
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

/** Puts a change of the target on record. */
export function auditWrite(context: AuditContext, change: Change, { audit }: Pick<Ports, 'audit'>): void {
  const { reference, targetName } = context.observed;
  const secret = objectKey(reference.metadata.namespace, targetName);
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
