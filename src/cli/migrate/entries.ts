import type { JsonObject } from '../../core/untyped.ts';
import type { Fields } from './fields.ts';
import type { Findings } from './findings.ts';
import { translateKey } from './go-template/translate.ts';
import { defined } from './providers/store.ts';
import { type SourceName, type SpellKey, sourceRef } from './reference.ts';

/** `data[]` and `dataFrom[]`: which remote values, and under which keys. */

interface Context {
  readonly findings: Findings;
  readonly spell: SpellKey;
  /** Of the whole reference. */
  readonly store: SourceName | undefined;
}

export function translateEntry(entry: Fields, context: Context): JsonObject {
  const ref = entry.object('remoteRef');
  const source = entrySource(entry, context.findings);
  return defined({
    secretKey: entry.text('secretKey'),
    remoteRef: remote(ref, source, context),
    optional: ref.text('emptyResultPolicy') === 'Ignore' ? true : undefined,
    decoding: decoding(ref, context.findings),
    sourceRef: source,
  });
}

export function translateFrom(entry: Fields, at: number, context: Context): readonly JsonObject[] {
  const source = entrySource(entry, context.findings);
  const [extract, find] = [entry.maybe('extract'), entry.maybe('find')];
  const theirs = extract ?? find;
  if (theirs === undefined) return []; // A generator: entrySource has said so.
  const rewrites = entry.list('rewrite').flatMap(step => rewrite(step, context.findings));
  return [
    defined({
      extract: extract && remote(extract, source, context),
      find: find && translateFind(find, context.findings),
      rewrite: rewrites.length > 0 ? rewrites : undefined,
      decoding: decoding(theirs, context.findings),
      optional: theirs.text('emptyResultPolicy') === 'Ignore' ? true : undefined,
      // Theirs let a later entry win.
      onConflict: at > 0 ? 'Last' : undefined,
      sourceRef: source,
    }),
  ];
}

function entrySource(entry: Fields, findings: Findings): SourceName | undefined {
  const ref = entry.maybe('sourceRef');
  const generator = ref?.maybe('generatorRef');
  if (generator)
    findings.left(
      generator.path,
      `there are no generators here: ${generator.text('kind') ?? 'it'} ${generator.text('name') ?? ''} has to put its value into a store`,
    );
  return sourceRef(ref?.maybe('storeRef'));
}

function remote(ref: Fields, source: SourceName | undefined, { spell, store, findings }: Context): JsonObject {
  const key = ref.text('key') ?? '';
  const from = source ?? store;
  const spelled = from ? spell({ kind: from.kind ?? 'SecretSource', name: from.name }, key) : key;
  const property = ref.text('property');
  if (property !== undefined && /[*?#@|{}]/.test(property))
    findings.left(ref.at('property'), 'a property is a path of names joined by dots: here is no search in JSON');
  return defined({ key: spelled, property, version: ref.text('version')?.replace(/^uuid\//, '') });
}

/** Strategies that have no counterpart are findings; their defaults are ours. */
function decoding(ref: Fields, findings: Findings): string | undefined {
  const strategy = ref.text('decodingStrategy');
  if ((ref.text('metadataPolicy') ?? 'None') !== 'None')
    findings.left(ref.at('metadataPolicy'), 'tags and labels of a remote secret are not read as values');
  if ((ref.text('conversionStrategy') ?? 'Default') !== 'Default')
    findings.left(
      ref.at('conversionStrategy'),
      'a character that no key may have becomes "_": use rewrite for another name',
    );
  return strategy === 'None' ? undefined : strategy;
}

function translateFind(find: Fields, findings: Findings): JsonObject {
  const prefix = find.text('path');
  const regexp = find.maybe('name')?.text('regexp');
  const tags = find.has('tags') ? find.map('tags') : undefined;
  if (prefix !== undefined)
    findings.left(
      find.at('path'),
      'names of keys begin behind the prefix here, and name.regexp is matched against that rest: check both',
    );
  return defined({ prefix, name: regexp === undefined ? undefined : { regexp: wholeName(regexp) }, tags });
}

/** Theirs is looked for anywhere in the name, ours matches all of it. */
export function wholeName(regexp: string): string {
  if (/[|(]/.test(regexp)) return `.*(?:${regexp}).*`;
  const begin = regexp.startsWith('^') ? regexp.slice(1) : regexp.startsWith('.*') ? regexp : `.*${regexp}`;
  if (begin.endsWith('$') && !begin.endsWith('\\$')) return begin.slice(0, -1);
  return begin.endsWith('.*') && !begin.endsWith('\\.*') ? begin : `${begin}.*`;
}

function rewrite(step: Fields, findings: Findings): readonly JsonObject[] {
  const [regexp, transform] = [step.maybe('regexp'), step.maybe('transform')];
  if (regexp)
    return [{ regexp: { match: regexp.text('source') ?? '', replace: withGroups(regexp.text('target') ?? '') } }];
  const template = transform?.text('template') ?? '';
  const cel = transform && translateKey(template);
  if (cel?.ok) {
    findings.template(step.at('transform.template'), template, `$(${cel.value})`, true);
    return [{ cel: cel.value }];
  }
  step.raw('merge');
  findings.left(step.path, `write it as prefix, stripPrefix, case or cel${cel ? `: ${cel.fault}` : ''}`);
  return [];
}

/** `${1}` is `$1` here. */
const withGroups = (text: string): string => text.replaceAll(/\$\{(\d+)\}(?!\d)/g, '$$$1');
