import { type JsonObject, textOf } from '../../core/untyped.ts';
import type { Fields } from './fields.ts';
import type { Findings } from './findings.ts';
import { translateText } from './go-template/translate.ts';
import { defined } from './providers/store.ts';
import type { Around } from './reference.ts';

/** `target.template`: Go templates become text with CEL in `$( )`, as far as each can be translated. */
export function translateTemplate(theirs: Fields, around: Around): JsonObject | undefined {
  const { findings } = around;
  const own = theirs.object('metadata');
  if (theirs.text('engineVersion') === 'v1')
    findings.left(theirs.at('engineVersion'), 'functions of engine v1 have other names: check what was translated');
  const from = theirs.list('templateFrom').flatMap(source => Object.entries(copied(source, around)));
  const data = { ...Object.fromEntries(from), ...translatedMap(theirs, 'data', findings) };
  const hasData = Object.keys(data).length > 0;
  const labels = withActions(own, 'labels', findings);
  const annotations = withActions(own, 'annotations', findings);
  const isMerge = theirs.text('mergePolicy') === 'Merge' || !hasData; // theirs keeps the values where it has no templates for them
  if (!hasData && !labels && !annotations) return undefined;
  return defined({ data: hasData ? data : undefined, labels, annotations, mergePolicy: isMerge ? 'Merge' : undefined });
}

/** Those without any are `target.labels` and `target.annotations`. */
function withActions(metadata: Fields, name: string, findings: Findings): JsonObject | undefined {
  const texts = Object.entries(metadata.map(name)).filter(([, text]) => text.includes('{{'));
  return translated(texts, metadata.at(name), findings);
}

const translatedMap = (theirs: Fields, name: string, findings: Findings): JsonObject | undefined =>
  translated(Object.entries(theirs.map(name)), theirs.at(name), findings);

function translated(
  texts: readonly (readonly [key: string, text: string])[],
  at: string,
  findings: Findings,
): JsonObject | undefined {
  const done: [string, string][] = [];
  for (const [key, text] of texts) {
    const result = translateText(text);
    if (result.ok) {
      done.push([key, result.value]);
      findings.template(`${at}.${key}`, text, result.value);
    } else findings.left(`${at}.${key}`, `a Go template that is not translated: ${result.fault}`);
  }
  return done.length > 0 ? Object.fromEntries(done) : undefined;
}

/** What a ConfigMap holds is a Go template, too: it is copied where the ConfigMap is among the files. */
function copied(from: Fields, { findings, configMap }: Around): JsonObject {
  const source = from.maybe('configMap') ?? from.maybe('secret');
  const name = source?.text('name') ?? '';
  const items = source?.list('items') ?? [];
  const isPlain =
    items.every(item => (item.text('templateAs') ?? 'Values') === 'Values') && from.text('target') !== 'Labels';
  const texts = from.has('configMap') && isPlain && from.text('target') !== 'Annotations' ? configMap(name) : undefined;
  if (texts === undefined) return leave(from, items, name, findings);
  findings.note(from.path, `the templates of ConfigMap ${name} are copied: later changes of it reach nobody`);
  const wanted = items.map(item => [item.text('key') ?? '', textOf(texts[item.text('key') ?? '']) ?? ''] as const);
  return translated(wanted, from.path, findings) ?? {};
}

function leave(from: Fields, items: readonly Fields[], name: string, findings: Findings): JsonObject {
  for (const item of items) item.text('key');
  from.raw('literal');
  findings.left(
    from.path,
    name === ''
      ? 'a literal makes keys out of the lines of its output: write each key into target.template.data'
      : `${name} holds Go templates: give its file too, or write them with $( ) and name it in target.template.from`,
  );
  return {};
}
