/** What becomes of a request. */
export type RequestFault =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Headers; readonly body: string | Buffer }
  /** Something happens first, then it goes on its way. */
  | { readonly kind: 'after'; readonly act: Act }
  /** Taken, never answered. */
  | { readonly kind: 'hang' }
  /** Nothing is done; something happens, and the connection breaks. */
  | { readonly kind: 'reset'; readonly act: Act }
  /** It is done, then something happens, and the connection breaks without an answer. */
  | { readonly kind: 'commit-then'; readonly act: Act }
  /** The line comes first in the watch. */
  | { readonly kind: 'begin-with'; readonly line: string }
  /** Bytes that arrive one at a time. */
  | { readonly kind: 'drip'; readonly body: string; readonly everyMs: number }
  /** Bytes without an end. */
  | { readonly kind: 'endless' };

/** What becomes of a line of a watch. */
export type EventFault =
  | { readonly kind: 'drop' }
  | { readonly kind: 'double' }
  /** It comes after the line that follows it. */
  | { readonly kind: 'swap' }
  /** Half of it arrives, then the connection breaks. */
  | { readonly kind: 'truncate' }
  /** Something else arrives, and it does not. */
  | { readonly kind: 'replace'; readonly line: string };

export type Act = () => Promise<unknown> | unknown;
export type Headers = Readonly<Record<string, string>>;

/** A rule that is in force. */
export interface Rule {
  /** How often it struck. */
  readonly hits: number;
  off(): void;
}

/** Which of the matching ones it strikes; without any of these: all. */
interface Occurrence<Builder> {
  nth(n: number): Builder;
  first(n: number): Builder;
}

export interface RequestRules extends Occurrence<RequestRules> {
  answer(status: number, body?: unknown, headers?: Headers): Rule;
  /** An answer that was recorded earlier. */
  replay(recorded: Recorded): Rule;
  delay(ms: number): Rule;
  hang(): Rule;
  reset(): Rule;
  after(act: Act): Rule;
  /** Never done: something happens instead, and the connection breaks. */
  dropThen(act: Act): Rule;
  /** Done, and never answered: something happens, and the connection breaks. */
  commitThen(act: Act): Rule;
  commitThenReset(): Rule;
  beginWith(line: string): Rule;
  drip(body: string, everyMs: number): Rule;
  endless(): Rule;
}

export interface EventRules extends Occurrence<EventRules> {
  drop(): Rule;
  double(): Rule;
  swap(): Rule;
  truncate(): Rule;
  replace(line: string): Rule;
}

export interface Recorded {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}
