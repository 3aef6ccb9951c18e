import { absent, type Fault } from '../../src/core/fault.ts';
import { failed, ok, type Result } from '../../src/core/result.ts';
import { SecretValue } from '../../src/core/secret-value.ts';
import type { ReadRequest, RemoteValue } from '../../src/providers/provider.ts';
import type { ReadWant, Recovery, RemoteReader, SourceAccess } from '../../src/remote/ports.ts';
import { start } from './builders.ts';

/** A store that does what the test says. Versions count from 1, as those of a key-value engine. */
export class FakeStore implements RemoteReader {
  readonly #versions = new Map<string, (string | undefined)[]>();
  readonly #faults = new Map<string, Fault>();
  readonly #happenings = new Map<string, () => void>();
  readonly #recovered: ((recovery: Recovery) => void)[] = [];
  /** What was asked for, in order: `etl/db`, `etl/db@1`. */
  readonly reads: string[] = [];
  readonly wants: ReadWant[] = [];
  readonly dropped: string[] = [];
  /** False: as KV version 1, without versions. */
  versioned = true;
  /** When each version was made, as the store says it: by key and version. */
  readonly made = new Map<string, number>();

  /** A new version: JSON of the pairs, or the text itself. */
  put(key: string, value: object | string): void {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    this.#versions.set(key, [...(this.#versions.get(key) ?? []), text]);
  }

  /** That version can be read no more; without one, the whole key is gone. */
  destroy(key: string, version?: number): void {
    if (version === undefined) this.#versions.delete(key);
    else this.#versions.set(key, (this.#versions.get(key) ?? []).with(version - 1, undefined));
  }

  /** Every read of the key fails so, until `heal`. */
  fail(key: string, fault: Fault): void {
    this.#faults.set(key, fault);
  }

  heal(key: string): void {
    this.#faults.delete(key);
  }

  /** While the next read of the key is under way. */
  during(key: string, happens: () => void): void {
    this.#happenings.set(key, happens);
  }

  async read(
    { label }: SourceAccess,
    _namespace: string,
    { key, version }: ReadRequest,
    want: ReadWant,
  ): Promise<Result<RemoteValue>> {
    this.reads.push(version === undefined ? key : `${key}@${version}`);
    this.wants.push(want);
    this.#happenings.get(key)?.();
    this.#happenings.delete(key);
    const fault = this.#faults.get(key);
    if (fault !== undefined) return failed(fault);
    const versions = this.#versions.get(key);
    if (versions === undefined) return failed(absent('KeyNotFound', `${label} has no ${key}`));
    const number = version === undefined ? versions.length : Number(version);
    const text = versions[number - 1];
    if (text === undefined) return failed(absent('VersionNotFound', `${label} has no version ${number} of ${key}`));
    const madeAt = this.made.get(`${key}@${number}`);
    return ok({
      value: SecretValue.fromText(text),
      ...(this.versioned ? { version: `${number}` } : {}),
      ...(madeAt === undefined ? {} : { madeAt }),
    });
  }

  /** What `list` finds, whatever is asked. */
  listed: readonly string[] = [];

  async list(): Promise<Result<readonly string[]>> {
    return ok(this.listed);
  }

  /** Differs from every other time of the tests. */
  retryAt = (sourceUid: string, namespace: string, reference: string, waitMs: number): number =>
    start.steady + waitMs + sourceUid.length / 10 + namespace.length / 100 + reference.length / 10_000;

  /** Whose time to try again was given back. */
  readonly forgotten: string[] = [];

  forgetReference(namespace: string, reference: string): void {
    this.forgotten.push(`${namespace} ${reference}`);
  }

  onRecovered(handler: (recovery: Recovery) => void): void {
    this.#recovered.push(handler);
  }

  recover(recovery: Recovery): void {
    for (const handler of this.#recovered) handler(recovery);
  }

  drop(sourceUid: string, namespace?: string): void {
    this.dropped.push(namespace === undefined ? sourceUid : `${sourceUid} ${namespace}`);
  }

  sawCaBundle(): void {}

  async close(): Promise<void> {}
}
