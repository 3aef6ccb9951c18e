import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** The root of the repository, where commands are run: so paths read as a newcomer would type them. */
export const root = resolve(import.meta.dirname, '../..');

/** A shell that can be followed: what it shows is what it ran, letter by letter. */
export interface Terminal {
  say(line: string): void;
  /** Prints the line as one would type it, runs it and prints its output. `input` is not shown. */
  show(line: string, input?: string): Promise<void>;
  /** Runs the line unseen and returns its standard output. */
  read(line: string): Promise<string>;
}

export interface TerminalOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the running command, and refuses the next. */
  readonly signal: AbortSignal;
}

export function openTerminal(options: TerminalOptions): Terminal {
  const show = async (line: string, input?: string) => {
    say(`$ ${line}`);
    await run(line, options, say, input);
  };
  const read = async (line: string) => {
    const output: string[] = [];
    await run(line, options, text => output.push(text));
    return output.join('\n');
  };
  return { say, show, read };
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function run(
  line: string,
  { env, signal }: TerminalOptions,
  print: (text: string) => void,
  input?: string,
): Promise<void> {
  const child = spawn('sh', ['-c', line], { cwd: root, env, signal, stdio: ['pipe', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  child.stdin.end(input);
  const code = await new Promise((ended, failed) => child.once('close', ended).once('error', failed));
  const text = Buffer.concat(output).toString('utf8').trimEnd();
  if (text !== '') print(text);
  if (code !== 0) throw new Error(`\`${line}\` ended with exit code ${code}`);
}
