const strange: ReadonlySet<string> = new Set(['', '.', '..']);

/** Whether a name of AWS can be a canonical key: AWS takes more, but `allowedKeys` could not be matched against that. */
export const isKey = (name: string): boolean => !name.split('/').some(segment => strange.has(segment));
