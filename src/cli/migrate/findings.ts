/** What a migration has to say about one field of one object. */
export interface Finding {
  /**
   * `left`: not translated, a human has to look. `note`: translated, with a difference that is worth knowing.
   */
  readonly level: 'left' | 'note';
  readonly file: string;
  /** `ExternalSecret etl/warehouse` */
  readonly object: string;
  readonly field: string;
  readonly message: string;
}

/** A template of theirs, and what it was translated to. */
export interface TranslatedTemplate {
  readonly object: string;
  readonly field: string;
  readonly theirs: string;
  readonly ours: string;
  /** Of a rewrite: their `.value` is our `key`. */
  readonly isKey?: true;
}

/** Collects what is said about one object while it is translated, and which templates were. */
export class Findings {
  readonly all: Finding[] = [];
  readonly templates: TranslatedTemplate[] = [];
  readonly #about: { readonly file: string; readonly object: string };

  constructor(about: { readonly file: string; readonly object: string }) {
    this.#about = about;
  }

  left(field: string, message: string): void {
    this.#add('left', field, message);
  }

  note(field: string, message: string): void {
    this.#add('note', field, message);
  }

  template(field: string, theirs: string, ours: string, isKey?: true): void {
    const { object } = this.#about;
    this.templates.push({ object, field: oneLine(field), theirs, ours, ...(isKey && { isKey }) });
  }

  /** Names are somebody else's: one line each, or a comment in YAML would end where they want. */
  #add(level: Finding['level'], field: string, message: string): void {
    const finding = { level, ...this.#about, field: oneLine(field), message: oneLine(message) };
    if (!this.all.some(each => each.field === finding.field && each.message === finding.message))
      this.all.push(finding);
  }
}

const oneLine = (text: string): string => text.slice(0, 500).replaceAll(/[\p{Cc}\u2028\u2029]/gu, '?');
