import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a program and answers what it printed; one that fails is an error with the end of what it said. */
export async function run(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const options = { maxBuffer: 64 * 1024 * 1024, ...(cwd === undefined ? {} : { cwd }) };
  const { stdout } = await promisify(execFile)(command, args, options).catch((problem: unknown) => {
    throw new Error(`\`${command} ${args[0] ?? ''} …\` failed: ${whatItSaid(problem)}`);
  });
  return stdout;
}

function whatItSaid(problem: unknown): string {
  if (!(problem instanceof Error)) return String(problem);
  if ('code' in problem && problem.code === 'ENOENT') return 'it is not installed';
  const said = 'stderr' in problem && typeof problem.stderr === 'string' ? problem.stderr : '';
  return said.trimEnd().split('\n').slice(-5).join('\n') || problem.message;
}
