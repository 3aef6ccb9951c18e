import type { Result } from '../core/result.ts';
import type { Task } from '../sandbox/task.ts';

/** Plain data: it is cloned on its way to the sandbox. */
export interface TemplateInput {
  /** The text of a template by its key. In messages it is `spec.target.template.<part>[<key>]`. */
  readonly data: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The values by their key. */
  readonly values: ReadonlyMap<string, Uint8Array>;
  readonly reference: TemplateReference;
}

/** What a template may know of its reference. The UID is used for salts only, and no expression sees it. */
export interface TemplateReference {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What became of all templates. */
export interface Rendered {
  readonly data: ReadonlyMap<string, Uint8Array>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** All or nothing. The message says which template and what to change, and quotes no value. */
export const renderTemplate: Task<TemplateInput, Result<Rendered, string>> = {
  name: 'renderTemplate',
  load: async input => {
    const { loadLibraries } = await import('./functions/libraries.ts');
    await loadLibraries([input.data, input.labels, input.annotations].flatMap(part => Object.values(part)));
    return (await import('./render.ts')).render;
  },
};

/** Keys, and a CEL expression over `key` that gives the new one. */
export interface KeysToRewrite {
  readonly expression: string;
  readonly keys: readonly string[];
}

/** The new keys, in the order of the old ones. */
export const rewriteKeys: Task<KeysToRewrite, Result<readonly string[], string>> = {
  name: 'rewriteKeys',
  load: async ({ expression }) => {
    await (await import('./functions/libraries.ts')).loadLibraries([expression]);
    return (await import('./rewrite.ts')).rewrite;
  },
};

/** Keys, and what RE2 replaces in them; `$1` is the first group. */
export interface KeysToReplaceIn {
  readonly match: string;
  readonly replace: string;
  readonly keys: readonly string[];
}

/** The new keys, in the order of the old ones. */
export const replaceInKeys: Task<KeysToReplaceIn, Result<readonly string[], string>> = {
  name: 'replaceInKeys',
  load: async () => (await import('../sandbox/re2.ts')).replaceIn,
};
