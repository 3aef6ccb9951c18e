import { collect, failed, flatMap, mapOk, ok, type Result } from '../core/result.ts';
import { utf8Text } from '../core/utf8.ts';
import { evaluate, type Scope } from './expression.ts';
import { Context, Work } from './functions/context.ts';
import { maxTemplateText, type Piece, parseTemplate, placeOf } from './parse.ts';
import type { Rendered, TemplateInput, TemplateReference } from './task.ts';
import { Refusal, textOf, toJson, type Value } from './value.ts';

/** Of all templates of a reference: what a Secret holds, and some more, which the Secret's own limit then refuses. */
const maxOutput = 1024 * 1024 + 64 * 1024;

export function render(input: TemplateInput): Result<Rendered, string> {
  const { data, labels, annotations } = input;
  const texts = [data, labels, annotations].flatMap(part => Object.values(part));
  if (texts.reduce((sum, text) => sum + text.length, 0) > maxTemplateText)
    return failed(`the templates of a reference are longer than ${maxTemplateText / 1024} KiB together`);
  const variables = variablesOf(input);
  const budget = { left: maxOutput, work: new Work() };
  return flatMap(renderPart('data', data, variables, input, budget), made =>
    flatMap(textPart('labels', labels, variables, input, budget), madeLabels =>
      mapOk(textPart('annotations', annotations, variables, input, budget), madeAnnotations => ({
        data: new Map(made.map(([key, output]) => [key, Buffer.from(output)])),
        labels: madeLabels,
        annotations: madeAnnotations,
      })),
    ),
  );
}

/** Of all templates of a reference. */
interface Budget {
  /** Of the output. */
  left: number;
  readonly work: Work;
}

type Variables = ReadonlyMap<string, Value>;
type Entries = readonly (readonly [key: string, output: string | Uint8Array])[];

function renderPart(
  part: 'data' | 'labels' | 'annotations',
  templates: Readonly<Record<string, string>>,
  variables: Variables,
  { reference }: TemplateInput,
  budget: Budget,
): Result<Entries, string> {
  const rendered: Result<readonly [string, string | Uint8Array], string>[] = [];
  for (const [key, template] of Object.entries(templates)) {
    const scope = { variables, context: new Context(reference.uid, `${part}/${key}`, budget.work) };
    const output = outputOf(template, scope, budget);
    const named = output.ok ? ok([key, output.value] as const) : failed(`${whereOf(part, key)}: ${output.fault}`);
    if (!named.ok) return named;
    rendered.push(named);
  }
  return collect(rendered);
}

const whereOf = (part: string, key: string): string => `spec.target.template.${part}[${key}]`;

function textPart(
  part: 'labels' | 'annotations',
  templates: Readonly<Record<string, string>>,
  variables: Variables,
  input: TemplateInput,
  budget: Budget,
): Result<Readonly<Record<string, string>>, string> {
  return flatMap(renderPart(part, templates, variables, input, budget), entries => {
    const bytes = entries.find(([, output]) => typeof output !== 'string');
    if (bytes !== undefined) return failed(`${whereOf(part, bytes[0])}: gives bytes that are no text`);
    return ok(Object.fromEntries(entries.map(([key, output]) => [key, String(output)])));
  });
}

/** One expression may give bytes; of several pieces each must be text. */
function outputOf(template: string, scope: Scope, budget: Budget): Result<string | Uint8Array, string> {
  return flatMap(parseTemplate(template), pieces => {
    const outputs: (string | Uint8Array)[] = [];
    for (const piece of pieces) {
      const output = outputOfPiece(template, piece, scope, pieces.length === 1);
      if (!output.ok) return output;
      budget.left -= output.value.length;
      if (budget.left < 0) return failed('with it, the templates give more than a Secret can hold (1 MiB)');
      outputs.push(output.value);
    }
    const [only] = outputs;
    return ok(outputs.length === 1 && only !== undefined ? only : outputs.join(''));
  });
}

function outputOfPiece(
  template: string,
  piece: Piece,
  scope: Scope,
  alone: boolean,
): Result<string | Uint8Array, string> {
  if (piece.kind === 'text') return ok(piece.text);
  const placed = (message: string, at = 0): string => `${placeOf(template, piece.at + at)}: ${message}`;
  const value = evaluate(piece.text, scope);
  if (!value.ok) return failed(placed(value.fault.message, value.fault.at));
  const output = shown(value.value, alone);
  return output.ok ? output : failed(placed(output.fault));
}

/** Lists and maps are JSON. */
function shown(value: unknown, alone: boolean): Result<string | Uint8Array, string> {
  if (value instanceof Uint8Array && alone) return ok(value);
  if (value === null) return failed('the expression gives null: use has(a.b) ? a.b : "…" for what may not be there');
  return refusalsAsFaults(() =>
    Array.isArray(value) || value instanceof Map ? toJson(value) : textOf(value, 'the result of the expression'),
  );
}

function refusalsAsFaults<T>(run: () => T): Result<T, string> {
  try {
    return ok(run());
  } catch (error) {
    if (error instanceof Refusal) return failed(error.message);
    throw error;
  }
}

/** Each value under its key, and all that is not a value under names that a value cannot take away. */
function variablesOf({ values, reference }: TemplateInput): Variables {
  const data = new Map([...values].map(([key, bytes]) => [key, utf8Text(bytes) ?? bytes] as const));
  return new Map<string, Value>([...data, ['data', data], ['reference', referenceOf(reference)]]);
}

const referenceOf = ({ name, namespace, labels, annotations }: TemplateReference): Value =>
  new Map<string, Value>([
    ['name', name],
    ['namespace', namespace],
    ['labels', new Map(Object.entries(labels))],
    ['annotations', new Map(Object.entries(annotations))],
  ]);
