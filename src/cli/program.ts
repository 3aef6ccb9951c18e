import { Command, CommanderError } from 'commander';
import { version } from '../version.ts';
import { addCompletion } from './completion/completion.ts';
import { addDoctor } from './doctor/doctor.ts';
import { type AddVerb, exitCodes, type Io } from './io.ts';
import { addLint } from './lint/lint.ts';
import { addMigrate } from './migrate/migrate.ts';
import { addRender } from './render/render.ts';
import { addRun } from './run/run.ts';
import { addSparkConf } from './spark-conf/spark-conf.ts';
import { addWho } from './who/who.ts';

/** Every verb, in the order of the help: a new one is a folder beside this file, and a line here. */
const verbs: readonly AddVerb[] = [
  addRender,
  addRun,
  addDoctor,
  addWho,
  addSparkConf,
  addCompletion,
  addLint,
  addMigrate,
];

const about = `Secrets for Kubernetes on a laptop and in CI: the operator's own code, without a cluster.

Exit codes: 0 all is well, 1 something was found or a reference failed, 2 wrong usage.`;

/** Runs one command line, given without the name of the program, and answers its exit code. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  let code: number = exitCodes.ok;
  const program = createProgram(io, given => {
    code = given;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (problem) {
    // It has been printed what is wrong. Help and version end that way, too.
    if (problem instanceof CommanderError) return problem.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    throw problem;
  }
}

function createProgram(io: Io, exit: (code: number) => void): Command {
  const program = new Command('shearline')
    .description(about)
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .showHelpAfterError('See --help.')
    .exitOverride()
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr });
  for (const add of verbs) add(program, io, exit);
  return program;
}
