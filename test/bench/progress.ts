/** Tells what is being done: one line that is written over on a terminal, a line every ten seconds elsewhere. */
export interface Progress {
  phase(name: string): void;
  at(text: string): void;
  /** Above the line of progress. */
  say(line: string): void;
  end(): void;
}

export function showProgress(out: NodeJS.WriteStream): Progress {
  const begun = performance.now();
  let phase = 'starting';
  let doing = '';
  const clear = out.isTTY ? '\r\x1b[K' : '';
  const show = () => {
    const line = `${Math.round((performance.now() - begun) / 1000)} s  ${phase}  ${doing}`.trimEnd();
    out.write(out.isTTY ? `${clear}${line}` : `  … ${line}\n`);
  };
  const timer = setInterval(show, out.isTTY ? 250 : 10_000);
  return {
    phase: name => {
      phase = name;
      doing = '';
    },
    at: text => {
      doing = text;
    },
    say: line => void out.write(`${clear}${line}\n`),
    end: () => {
      clearInterval(timer);
      out.write(clear);
    },
  };
}
