import { type AST, RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';
import { fill, type Text } from './growth.ts';

/**
 * Texts that make a regular expression look at them again and again: much of what a repeat takes, or of what leads to
 * it, and then something that fits nothing.
 */
export function worstTexts(regexp: RegExp, ends = anyEnds): readonly Text[] {
  const pattern = parsed(regexp);
  const letters = lettersOf(pattern);
  const say = (node: AST.Node): string => sample(node, regexp.flags, letters);
  const texts = repeatsOf(pattern).flatMap(repeat => {
    const [before, after] = around(repeat, say);
    return pumps(repeat.element, regexp.flags, letters, say).flatMap(pump => [
      [pump],
      [pump, before],
      [`${before}${pump}`],
      [`${before}${pump}${after}`.slice(0, -1)],
    ]);
  });
  return distinct([...texts, [say(pattern)]].filter(([piece]) => piece !== '')).flatMap(([piece = '', head = '']) =>
    ends.map(end => (size: number) => `${head}${fill(piece, size)}${end}`),
  );
}

/** Whether a group is repeated as often as the text has it. */
export const hasRepeatedGroup = (regexp: RegExp): boolean =>
  repeatsOf(parsed(regexp)).some(({ element }) => element.type === 'Group' || element.type === 'CapturingGroup');

const parsed = (regexp: RegExp): AST.Pattern =>
  new RegExpParser({ ecmaVersion: 2025 }).parseLiteral(`${regexp}`).pattern;

/** Nothing, what hardly any class takes, and what `.` does not take. */
const anyEnds = ['', '\u0001', '\n\u0001'];

const distinct = (texts: readonly (readonly string[])[]) => [
  ...new Map(texts.map(text => [JSON.stringify(text), text])).values(),
];

/** Repeats that can be long. */
function repeatsOf(pattern: AST.Pattern): readonly AST.Quantifier[] {
  const found: AST.Quantifier[] = [];
  visitRegExpAST(pattern, { onQuantifierEnter: node => void (node.max >= 16 && found.push(node)) });
  return found;
}

/** What the expression names, and some of what its classes may leave open. */
function lettersOf(pattern: AST.Pattern): readonly string[] {
  const letters = new Set<string>();
  visitRegExpAST(pattern, {
    onCharacterEnter: ({ value }) => void letters.add(String.fromCodePoint(value)),
  });
  return [...letters].slice(0, 12).concat('a', 'A', '0', ' ', '-', '.', '\n', 'é');
}

/** Texts that the element of a repeat takes. */
function pumps(
  element: AST.QuantifiableElement,
  flags: string,
  letters: readonly string[],
  say: (node: AST.Node) => string,
): readonly string[] {
  if (element.type === 'Group' || element.type === 'CapturingGroup') {
    const each = element.alternatives.map(say);
    return [...each, each.join('')];
  }
  const taken = new RegExp(`^(?:${element.raw})$`, flags.replace(/[gy]/g, ''));
  return letters.filter(letter => taken.test(letter)).slice(0, 4);
}

/** One text that a node takes. */
function sample(node: AST.Node, flags: string, letters: readonly string[]): string {
  const say = (inner: AST.Node): string => sample(inner, flags, letters);
  switch (node.type) {
    case 'Pattern':
    case 'Group':
    case 'CapturingGroup':
      return say(node.alternatives[0] ?? node);
    case 'Alternative':
      return node.elements.map(say).join('');
    case 'Quantifier':
      return say(node.element).repeat(Math.max(node.min, 1));
    case 'Character':
      return String.fromCodePoint(node.value);
    case 'CharacterClass':
    case 'CharacterSet': {
      const taken = new RegExp(`^(?:${node.raw})$`, flags.replace(/[gy]/g, ''));
      return letters.find(letter => taken.test(letter)) ?? '';
    }
    default:
      return '';
  }
}

/** What stands before and behind a node, from the outermost on. */
function around(node: AST.Node, say: (node: AST.Node) => string): readonly [before: string, after: string] {
  const { parent } = node;
  if (!parent) return ['', ''];
  const [before, after] = around(parent, say);
  if (parent.type !== 'Alternative') return [before, after];
  const index = parent.elements.findIndex(({ start }) => start === node.start);
  const text = (elements: readonly AST.Element[]): string => elements.map(say).join('');
  return [before + text(parent.elements.slice(0, index)), text(parent.elements.slice(index + 1)) + after];
}
