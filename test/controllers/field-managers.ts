import { type Fields, fieldsOf } from './fields.ts';

/** Who set which `data` key and annotation of one object, as far as server-side apply needs to know it. */
export class FieldManagers {
  readonly #managers = new Map<string, Set<string>>();

  /** The object after an apply that is not forced; undefined when somebody else has set one of the fields otherwise. */
  apply(object: Fields, manager: string, part: Fields): Fields | undefined {
    const before = leaves(object);
    const wanted = leaves(part);
    const own = this.#managers.get(manager) ?? new Set();
    for (const [path, value] of wanted) {
      if (!before.has(path) || own.has(path)) continue;
      if (before.get(path) !== value) return undefined;
      this.#of('whoever was first').add(path);
    }
    this.#managers.set(manager, new Set(wanted.keys()));
    const dropped = [...own].filter(path => !wanted.has(path) && !this.#isSetByAnother(path, manager));
    const kept = [...before].filter(([path]) => !dropped.includes(path));
    return withLeaves(object, new Map([...kept, ...wanted]));
  }

  /** A write by other means: who changes a field takes it over. */
  wrote(before: Fields, after: Fields): void {
    const old = leaves(before);
    const now = leaves(after);
    for (const fields of this.#managers.values())
      for (const path of [...fields]) if (old.get(path) !== now.get(path)) fields.delete(path);
  }

  #isSetByAnother(path: string, manager: string): boolean {
    return [...this.#managers].some(([other, fields]) => other !== manager && fields.has(path));
  }

  #of(manager: string): Set<string> {
    const fields = this.#managers.get(manager) ?? new Set();
    this.#managers.set(manager, fields);
    return fields;
  }
}

const leaves = (object: Fields): Map<string, unknown> =>
  new Map([
    ...Object.entries(fieldsOf(object.data)).map(([key, value]) => [`data ${key}`, value] as const),
    ...Object.entries(fieldsOf(fieldsOf(object.metadata).annotations)).map(
      ([key, value]) => [`annotation ${key}`, value] as const,
    ),
  ]);

function withLeaves(object: Fields, all: ReadonlyMap<string, unknown>): Fields {
  const under = (prefix: string): Fields =>
    Object.fromEntries(
      [...all].flatMap(([path, value]) => (path.startsWith(prefix) ? [[path.slice(prefix.length), value]] : [])),
    );
  const metadata = { ...fieldsOf(object.metadata), annotations: under('annotation ') };
  return { ...object, metadata, data: under('data ') };
}
