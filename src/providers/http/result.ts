import { isUtf8 } from 'node:buffer';
import { type Fault, unavailable, unusable } from '../../core/fault.ts';
import { childOf, type JsonFault, type JsonNode, jsonFlaws, parseJson } from '../../core/json.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';

/** The value in an answer: the whole body, or what the pointer leads to. Strings as text, all else as its own JSON. */
export function valueIn(api: string, key: string, pointer: string | undefined, body: Uint8Array): Result<SecretValue> {
  if (isPage(body)) return failed(notTheApi(api, 200));
  if (pointer === undefined) return ok(new SecretValue(body));
  const parsed = isUtf8(body) ? parseJson(Buffer.from(body).toString('utf8')) : failed<JsonFault>('malformed');
  if (!parsed.ok) return failed(unreadable(api, key, parsed.fault));
  const node = follow(parsed.value, stepsOf(pointer));
  if (!node)
    return failed(unusable(`${api} answered for ${key} with JSON that has no ${pointer}: check result.pointer`));
  return ok(SecretValue.fromText(node.kind === 'string' ? node.text : node.source));
}

/** The text to which the pointer leads, if there is one. */
export function textAt(pointer: string, body: Uint8Array): string | undefined {
  const parsed = isUtf8(body) ? parseJson(Buffer.from(body).toString('utf8')) : undefined;
  const node = parsed?.ok ? follow(parsed.value, stepsOf(pointer)) : undefined;
  return node?.kind === 'string' ? node.text : undefined;
}

/** HTML, whatever its type is said to be. Nobody keeps a login page as a secret. */
export const isPage = (body: Uint8Array): boolean =>
  /^\uFEFF?\s*<(!doctype\s+html|html|head|body)\b/i.test(Buffer.from(body.subarray(0, 256)).toString('utf8'));

/** RFC 6901. */
const stepsOf = (pointer: string): readonly string[] =>
  pointer
    .slice(1)
    .split('/')
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'));

const follow = (root: JsonNode, steps: readonly string[]): JsonNode | undefined =>
  steps.reduce<JsonNode | undefined>((node, step) => node && childOf(node, step), root);

const unreadable = (api: string, key: string, fault: JsonFault): Fault =>
  fault === 'malformed' ? notTheApi(api, 200) : unusable(`${api} answered for ${key} with what ${jsonFlaws[fault]}`);

/** An answer that is not the API's. */
export const notTheApi = (api: string, status: number): Fault =>
  unavailable(`${api} gave an answer (status ${status}) that is no value: is a proxy or login page in between?`);
