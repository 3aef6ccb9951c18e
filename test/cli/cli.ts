import { runCli } from '../../src/cli/program.ts';

/** What a command said, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What of the world around a command a test chooses. */
export interface World {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  readonly onOutput?: (text: string) => void;
  readonly onSignal?: (handler: (signal: NodeJS.Signals) => void) => void;
}

/** Runs a command line in this process, with nothing of its environment. */
export async function cli(args: readonly string[], world: World = {}): Promise<Ended> {
  const [out, err]: [Uint8Array[], Uint8Array[]] = [[], []];
  const code = await runCli(args, {
    stdout: text => {
      out.push(Buffer.from(text));
      world.onOutput?.(Buffer.from(text).toString());
    },
    stderr: text => void err.push(Buffer.from(text)),
    stdin: async () => Buffer.from(world.stdin ?? ''),
    cwd: world.cwd ?? process.cwd(),
    env: world.env ?? {},
    sandboxWorker: new URL('../../src/sandbox-worker.ts', import.meta.url),
    onSignal: world.onSignal ?? (() => undefined),
  });
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}
