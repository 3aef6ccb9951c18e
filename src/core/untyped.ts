/** A JSON object whose fields are still unknown. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field of what may be an object: undefined when it is none, or has none. */
export const fieldOf = (value: unknown, name: string): unknown => (isJsonObject(value) ? value[name] : undefined);

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The texts of what may be a list. */
export const textsOf = (value: unknown): readonly string[] => listOf(value).filter(item => typeof item === 'string');

/** The parser's own message quotes the text, which may hold a secret: so there is none. */
export function parseUntyped(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
