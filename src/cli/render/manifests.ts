import { failed, ok, type Result } from '../../core/result.ts';
import { fieldOf, isJsonObject, type JsonObject, listOf, textOf } from '../../core/untyped.ts';
import { mostBytes, readDocuments } from '../documents.ts';
import { inputFiles, isYaml, textOfFile } from '../files.ts';
import type { Io } from '../io.ts';

/** An object of a file, and where it came from. */
export interface Manifest {
  readonly object: JsonObject;
  /** `etl.yaml:12`. */
  readonly place: string;
  readonly kind: string;
  readonly name: string;
  /** Empty when the file names none. */
  readonly namespace: string;
}

/** All objects of the files, lists taken apart. The fault is a line that says which file is wrong, and where. */
export async function readManifests(paths: readonly string[], io: Io): Promise<Result<readonly Manifest[], string>> {
  const found: Manifest[] = [];
  for (const path of paths) {
    const texts = await textsOf(path, io);
    if (!texts.ok) return texts;
    for (const { name, text } of texts.value) {
      const documents = readDocuments(name, text);
      if (!documents.ok) return failed(`${name}:${documents.fault.line}: ${documents.fault.message}`);
      for (const { value, placeOf } of documents.value)
        for (const object of objectsIn(value)) found.push(manifestOf(object, `${name}:${placeOf([]).line}`));
    }
  }
  return ok(found);
}

interface FileText {
  readonly name: string;
  readonly text: string;
}

async function textsOf(path: string, io: Io): Promise<Result<readonly FileText[], string>> {
  if (path === '-') return ok([{ name: 'stdin', text: Buffer.from(await io.stdin()).toString('utf8') }]);
  const files = inputFiles([path], io.cwd, isYaml);
  if (!files.ok) return files;
  const texts: FileText[] = [];
  for (const file of files.value) {
    const text = textOfFile(file.path, mostBytes);
    if (text === undefined) return failed(`${file.name}: cannot be read, or is larger than 4 MiB`);
    texts.push({ name: file.name, text });
  }
  return ok(texts);
}

/** A `List`, as kubectl prints one, is its items. */
function objectsIn(value: unknown): readonly JsonObject[] {
  if (!isJsonObject(value)) return [];
  return value.kind === 'List' ? listOf(value.items).filter(isJsonObject) : [value];
}

const manifestOf = (object: JsonObject, place: string): Manifest => ({
  object,
  place,
  kind: textOf(object.kind) ?? '',
  name: textOf(fieldOf(object.metadata, 'name')) ?? '',
  namespace: textOf(fieldOf(object.metadata, 'namespace')) ?? '',
});
