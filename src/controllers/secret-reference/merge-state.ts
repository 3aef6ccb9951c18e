import { mergeStateOf } from '../../api/annotations.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';

/** What a reference keeps in a host, written down on the host in an annotation of that reference's own. */
export interface MergeState {
  /** Raised by one with each change of content. */
  readonly revision: number;
  readonly keys: readonly string[];
  /** The rotation token that the last change answered. */
  readonly token?: string;
}

/** Undefined when the host has nothing of that reference. A text that somebody tampered with counts as an empty state. */
export function mergeStateIn(host: ObjectMeta, referenceUid: string): MergeState | undefined {
  const text = host.annotations[mergeStateOf(referenceUid)];
  return text === undefined ? undefined : parsed(text);
}

function parsed(text: string): MergeState {
  const none = { revision: 0, keys: [] };
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return none;
  }
  if (typeof raw !== 'object' || raw === null) return none;
  return {
    revision: 'revision' in raw && isCount(raw.revision) ? raw.revision : 0,
    keys: 'keys' in raw && Array.isArray(raw.keys) ? raw.keys.filter(key => typeof key === 'string') : [],
    ...('token' in raw && typeof raw.token === 'string' ? { token: raw.token } : {}),
  };
}

/** `1e999` is a number for JSON.parse, and for no status. */
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
