/** One thing that was looked at. */
export interface Finding {
  readonly ok: boolean;
  /** In our own words; no value and no token. */
  readonly what: string;
  /** Commands that put it right. */
  readonly fix?: string;
}

/** For people: a line each, and below it what to run. */
export const textOfFindings = (findings: readonly Finding[]): string =>
  findings
    .map(({ ok, what, fix }) => `${ok ? 'ok  ' : 'FAIL'}  ${what}\n${fix === undefined ? '' : `\n${fix}\n\n`}`)
    .join('');
