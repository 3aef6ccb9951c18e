import type { Command } from 'commander';

/** The world around a command: what a process has, handed in, so that tests run a command without one. */
export interface Io {
  readonly stdout: (text: string | Uint8Array) => void;
  readonly stderr: (text: string | Uint8Array) => void;
  /** All of standard input, to its end. */
  readonly stdin: () => Promise<Uint8Array>;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file that the sandbox runs in its thread. */
  readonly sandboxWorker: URL;
  /** From now on signals of the process go to the handler and end nothing by themselves. */
  readonly onSignal: (handler: (signal: NodeJS.Signals) => void) => void;
}

/** Adds one verb to the program. Its action says by `exit` with which of the exit codes the program ends. */
export type AddVerb = (program: Command, io: Io, exit: (code: number) => void) => void;

/** What the caller of a command learns by number; the same for every command, so that CI can branch on it. */
export const exitCodes = {
  ok: 0,
  /** Something was found, or a reference failed. */
  findings: 1,
  /** The command was called in a wrong way, or a file cannot be read. */
  usage: 2,
} as const;
