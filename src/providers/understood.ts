import type { z } from 'zod';
import type { HttpAnswer } from '../net/http.ts';

/** An answer as the schema has it; undefined when it is anything else (a page of a proxy, half of it, another API). */
export function understood<T>(schema: z.ZodType<T>, { body }: Pick<HttpAnswer, 'body'>): T | undefined {
  const parsed = schema.safeParse(json(body));
  return parsed.success ? parsed.data : undefined;
}

/** A parser's message quotes what it parsed, so nobody sees it. */
function json(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}
