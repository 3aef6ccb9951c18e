import type * as z from 'zod';

/**
 * A rule that a structural schema cannot say, once for the API server (CEL) and once for the parser, so that an object
 * that came in past the API server's checks (an old CRD, a restore) is refused by the controller as well.
 */
export interface Rule<T> {
  readonly cel: string;
  /** Shown to the user behind the field's path: what must hold, and how to fix it. */
  readonly message: string;
  /** The same in TypeScript. Absent for a transition rule (`oldSelf`), which a parser of one object cannot check. */
  readonly holds?: (value: T) => boolean;
}

/** The schema with its rules in both places. */
export function withRules<S extends z.ZodType>(schema: S, ...rules: readonly Rule<z.output<S>>[]): S {
  const validations = rules.map(({ cel, message }) => ({ rule: cel, message }));
  const checked = rules.reduce(
    (checked, { holds, message }) => (holds ? checked.refine(holds, { error: message }) : checked),
    schema,
  );
  return checked.meta({ 'x-kubernetes-validations': [...earlierValidations(schema), ...validations] });
}

function earlierValidations(schema: z.ZodType): readonly unknown[] {
  const earlier = schema.meta()?.['x-kubernetes-validations'];
  return Array.isArray(earlier) ? earlier : [];
}

/** A union as Kubernetes writes it: an object of which exactly one of these fields is set. */
export function exactlyOne<F extends string>(...fields: readonly F[]): Rule<Readonly<Partial<Record<F, unknown>>>> {
  return {
    cel:
      fields.length === 1
        ? `has(self.${fields[0]})`
        : `[${fields.map(field => `has(self.${field})`).join(', ')}].exists_one(set, set)`,
    message: fields.length === 1 ? `set ${fields[0]}` : `set exactly one of ${fields.join(', ')}`,
    holds: value => fields.filter(field => value[field] !== undefined).length === 1,
  };
}
