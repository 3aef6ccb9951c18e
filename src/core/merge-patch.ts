import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from './untyped.ts';

/**
 * The JSON merge patch (RFC 7386) that leads from one object to another: changed fields, and null for those that go.
 * Undefined when nothing differs.
 */
export function mergePatch(before: object, after: object): Readonly<Record<string, unknown>> | undefined {
  const old = new Map<string, unknown>(Object.entries(before));
  const patch: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(after)) {
    const earlier = old.get(name);
    old.delete(name);
    if (isDeepStrictEqual(earlier, value)) continue;
    const change = isJsonObject(earlier) && isJsonObject(value) ? mergePatch(earlier, value) : value;
    if (change !== undefined) patch[name] = change;
  }
  for (const name of old.keys()) patch[name] = null;
  return Object.keys(patch).length === 0 ? undefined : patch;
}
