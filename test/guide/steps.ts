/** What a reader does who follows a guide to the letter. */
export type Step =
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  /** `before` stands in the file exactly once. */
  | { readonly kind: 'replace'; readonly path: string; readonly before: string; readonly after: string }
  | { readonly kind: 'run'; readonly command: string };

const headingOrBlock = /^#+ (?<heading>.+)$|^(?<fence>`{3,})(?<language>\w*)\n(?<text>[\s\S]*?)^\k<fence>$/gm;

/**
 * Of Markdown, in its order: a block below a heading that is a path in backticks is that file, as a `diff` a change of
 * it; `sh` is run, line by line. A block in which there is nothing to do is `text`.
 */
export function stepsOf(markdown: string): readonly Step[] {
  const steps: Step[] = [];
  let path: string | undefined;
  for (const { groups = {} } of markdown.matchAll(headingOrBlock)) {
    const { heading, language = '', text = '' } = groups;
    if (heading === undefined) steps.push(...stepsIn(language, text, path));
    else path = /^`(.+)`$/.exec(heading)?.[1];
  }
  return steps;
}

function stepsIn(language: string, text: string, path: string | undefined): readonly Step[] {
  if (language === 'text') return [];
  if (language === 'sh') return linesOf(text).map(command => ({ kind: 'run', command }));
  if (path === undefined) throw new Error(`nobody knows where this block goes: ${text}`);
  if (language !== 'diff') return [{ kind: 'write', path, text }];
  return [{ kind: 'replace', path, before: without('+', text), after: without('-', text) }];
}

const linesOf = (text: string): readonly string[] => text.trimEnd().split('\n');

/** One side of a difference, as it stands in the file. */
const without = (mark: string, text: string): string =>
  linesOf(text)
    .filter(line => !line.startsWith(mark))
    .map(line => line.slice(1))
    .join('\n');
