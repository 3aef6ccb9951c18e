import * as z from 'zod';
import { explainIssue } from './explain.ts';

/**
 * An object of another API, such as a pod: the CRD stores it as it is, and the parser alone judges it. Its own schema would
 * make ours several times as large, and where the API server drops unknown fields in silence the parser names them.
 * `mostCharacters` bounds it as JSON.
 */
export function opaque<S extends z.ZodType>(schema: S, mostCharacters: number) {
  return z
    .looseObject({})
    .meta({ 'x-kubernetes-preserve-unknown-fields': true })
    .transform((raw, context): z.output<S> => {
      const refuse = (path: readonly PropertyKey[], message: string) =>
        context.addIssue({ code: 'custom', path: [...path], message });
      if (JSON.stringify(raw).length > mostCharacters) {
        refuse([], `must have at most ${mostCharacters} characters as JSON`);
        return z.NEVER;
      }
      const parsed = schema.safeParse(raw, { error: explainIssue });
      if (parsed.success) return parsed.data;
      for (const { path, message } of parsed.error.issues) refuse(path, message);
      return z.NEVER;
    });
}

/** An object that has these fields and no others: one that is not listed is refused by name, with those that are. */
export function only<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: issue =>
      issue.code === 'unrecognized_keys'
        ? `may not have ${issue.keys.slice(0, 3).map(cut).join(', ')} here; it may have ${Object.keys(shape).join(', ')}`
        : undefined,
  });
}

const cut = (name: string): string => name.slice(0, 63);
