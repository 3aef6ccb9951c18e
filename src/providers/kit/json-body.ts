import * as z from 'zod';
import { isModestJson } from '../../core/json.ts';
import type { HttpAnswer } from '../../net/http.ts';

/** An answer as the schema has it; undefined when it is anything else (a page of a proxy, half of it, another API). */
export function parseBody<T>(schema: z.ZodType<T>, { body }: Pick<HttpAnswer, 'body'>): T | undefined {
  const parsed = schema.safeParse(json(body));
  return parsed.success ? parsed.data : undefined;
}

/** Words of a stranger: only matched against known sentences, and never shown. What is behind 2 KiB says nothing new. */
export const ErrorText = z.string().transform(text => text.slice(0, 2048));

/** A parser's message quotes what it parsed, so nobody sees it. */
function json(body: Uint8Array): unknown {
  try {
    const text = Buffer.from(body).toString('utf8');
    return isModestJson(text) ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** What the parsers of an SDK may see. An XML of several DOCTYPEs takes them as long as its square. */
export function isFitForSdk(body: Uint8Array): boolean {
  const text = Buffer.from(body).toString('latin1');
  return /^\s*</.test(text) ? !/<!doctype/i.test(text) : isModestJson(text);
}
