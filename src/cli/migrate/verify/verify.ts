import { parse } from 'yaml';
import { systemClock } from '../../../core/clock.ts';
import { isJsonObject } from '../../../core/untyped.ts';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import { renderTemplate } from '../../../template/task.ts';
import type { TranslatedTemplate } from '../findings.ts';
import { parseGoTemplate } from '../go-template/parser.ts';
import type { Node } from '../go-template/syntax.ts';
import { evaluate } from './evaluate.ts';
import { fillings } from './fillings.ts';
import { documentedDifferences, type GoFunctions, goFunctions, whatDiffers } from './go-functions.ts';
import { GoFails, type GoValue, Needs, NotChecked } from './go-values.ts';
import { type Filling, filled, grown, type Shapes, text } from './shapes.ts';

/** What came of rendering both. No value is in it: all of them were made up. */
export interface Verified {
  readonly object: string;
  readonly field: string;
  readonly result: 'same' | 'differs' | 'not checked';
  readonly why?: string;
}

/** Renders each template on both sides with made-up values, and compares them byte by byte. */
export async function verify(all: readonly TranslatedTemplate[], sandboxWorker: URL): Promise<readonly Verified[]> {
  const sandbox = createSandbox({ entry: sandboxWorker, clock: systemClock });
  const render: RenderOurs = async (template, values) => {
    const reference = { name: 'verify', namespace: 'verify', uid: 'verify', labels: {}, annotations: {} };
    const input = { data: { verify: template }, labels: {}, annotations: {}, values, reference };
    const ran = await sandbox.run(renderTemplate, input, { reference: 'verify/verify', where: 'it', signal: never });
    const rendered = ran.ok ? ran.value : { ok: false as const, fault: ran.fault.message };
    return rendered.ok ? (rendered.value.data.get('verify') ?? new Uint8Array()) : rendered.fault;
  };
  const verified: Verified[] = [];
  for (const each of all) verified.push({ object: each.object, field: each.field, ...(await compared(each, render)) });
  return verified;
}
const never = new AbortController().signal;

/** Bytes, or why not. */
type RenderOurs = (template: string, values: ReadonlyMap<string, Uint8Array>) => Promise<Uint8Array | string>;
type Verdict = Pick<Verified, 'result' | 'why'>;

async function compared({ theirs, ours, isKey }: TranslatedTemplate, render: RenderOurs): Promise<Verdict> {
  const nodes = parseGoTemplate(theirs);
  let best: Verdict = {
    result: 'not checked',
    why: 'theirs ends with an error for each of the values that were tried',
  };
  let shapes: Shapes = new Map([
    ['alpha', text],
    ['beta', text],
  ]);
  for (const filling of fillings(textsIn(nodes))) {
    const expected = goOutput(nodes, shapes, filling, goFunctions);
    if (expected.kind === 'not checked') return { result: 'not checked', why: expected.why };
    if (expected.kind === 'fails') continue;
    shapes = expected.shapes;
    const actual = await render(ours, valuesOf(shapes, filling, isKey));
    if (typeof actual === 'string') return { result: 'differs', why: `${filling.name}: ours refuses it: ${actual}` };
    const verdict = judged(nodes, shapes, filling, expected.output, Buffer.from(actual));
    if (verdict.result === 'differs') return verdict;
    best = best.result === 'same' && best.why !== undefined ? best : verdict;
  }
  return best;
}

/** What Go gives for one set of made-up values. */
export interface Round {
  readonly filling: NamedFilling;
  readonly shapes: Shapes;
  readonly expected: GoOutput;
}

/** A template with hostile values, with plain ones, and so on. */
export function* rounds(nodes: readonly Node[]): Generator<Round> {
  let shapes: Shapes = new Map(['alpha', 'beta'].map(key => [key, text]));
  for (const filling of fillings(textsIn(nodes))) {
    const expected = goOutput(nodes, shapes, filling, goFunctions);
    if (expected.kind === 'output') shapes = expected.shapes;
    yield { filling, shapes, expected };
  }
}

function judged(
  nodes: readonly Node[],
  shapes: Shapes,
  filling: NamedFilling,
  expected: string,
  actual: Buffer,
): Verdict {
  const isSame = (output: string): boolean => Buffer.from(output).equals(actual);
  if (isSame(expected)) return { result: 'same' };
  const otherwise = goOutput(nodes, shapes, filling, { ...goFunctions, ...documentedDifferences });
  const output = otherwise.kind === 'output' ? otherwise.output : expected;
  const used = functionsIn(nodes);
  if (isSame(output)) return { result: 'same', why: used.flatMap(name => whatDiffers[name] ?? []).join('; ') };
  if (used.includes('toYaml') && isSameYaml(output, actual.toString()))
    return { result: 'same', why: 'as YAML, which is laid out otherwise' };
  return { result: 'differs', why: `${filling.name}: ${placeOfDifference(output, actual)}` };
}

const placeOfDifference = (expected: string, actual: Buffer): string => {
  const bytes = Buffer.from(expected);
  const at = bytes.findIndex((byte, index) => byte !== actual[index]);
  return `${bytes.length} bytes of theirs, ${actual.length} of ours, the first other one is number ${(at < 0 ? bytes.length : at) + 1}`;
};

/** Whatever the layout. */
export function isSameYaml(a: string, b: string): boolean {
  try {
    return JSON.stringify(parse(a)) === JSON.stringify(parse(b));
  } catch {
    return false;
  }
}

export type NamedFilling = Filling & { readonly name: string };
export type GoOutput =
  | { readonly kind: 'output'; readonly output: string; readonly shapes: Shapes }
  | { readonly kind: 'fails' }
  | { readonly kind: 'not checked'; readonly why: string };

const mostNeeds = 100;

/** Runs again and again, until each made-up value has the shape that the template takes it for. */
function goOutput(nodes: readonly Node[], first: Shapes, filling: Filling, functions: GoFunctions): GoOutput {
  let shapes = first;
  for (let tries = 0; tries < mostNeeds; tries++) {
    try {
      return { kind: 'output', output: evaluate(nodes, rootOf(shapes, filling), functions), shapes };
    } catch (problem) {
      if (problem instanceof Needs) shapes = grown(shapes, problem.at, problem.shape);
      else if (problem instanceof GoFails) return { kind: 'fails' };
      else if (problem instanceof NotChecked) return { kind: 'not checked', why: problem.message };
      else throw problem;
    }
  }
  return { kind: 'not checked', why: 'no value was found that it takes' };
}

const sorted = (shapes: Shapes) => [...shapes].toSorted(([a], [b]) => (a < b ? -1 : 1));

function rootOf(shapes: Shapes, filling: Filling): GoValue {
  const entries = sorted(shapes).map(([key, shape]): [string, GoValue] => [
    key,
    { kind: 'text', text: filled(shape, filling, key), made: { at: { key, steps: [] }, shape } },
  ]);
  return { kind: 'map', entries: new Map(entries), isRoot: true };
}

/** The bytes of the made-up values, as both sides are given them. */
export const valuesOf = (shapes: Shapes, filling: Filling, isKey?: true): ReadonlyMap<string, Uint8Array> =>
  new Map(
    sorted(shapes).map(([key, shape]) => [
      isKey && key === 'value' ? 'key' : key,
      Buffer.from(filled(shape, filling, key)),
    ]),
  );

function functionsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap(functionsIn))];
  if (!isJsonObject(value)) return [];
  if (value.kind === 'function' && typeof value.name === 'string') return [value.name];
  return functionsIn(Object.values(value));
}

/** The texts that a template itself has: what it compares with. */
function textsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (!isJsonObject(value)) return [];
  if (value.kind === 'string' && typeof value.text === 'string') return [value.text];
  return Object.values(value).flatMap(textsIn);
}
