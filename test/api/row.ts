/**
 * One spec a row, and what becomes of it. The same table is run through the parser and through the real API server,
 * so that the two can never disagree about what may be stored.
 */
export interface Row {
  readonly title: string;
  readonly kind: 'SecretReference' | 'ClusterSecretReference' | 'SecretSource' | 'ClusterSecretSource';
  readonly spec: unknown;
  /** Absent: accepted. */
  readonly refused?: {
    /** The field that both name. */
    readonly at: string;
    /** What both say, where the rule is ours. The bounds and choices of a schema are said by each in its own words. */
    readonly says?: string;
  };
}

export function row(kind: Row['kind'], title: string, spec: unknown, at?: string, says?: string): Row {
  if (at === undefined) return { title, kind, spec };
  return { title, kind, spec, refused: { at, ...(says === undefined ? {} : { says }) } };
}
