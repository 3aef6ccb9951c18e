import { type AddVerb, exitCodes, type Io } from '../io.ts';
import { addFileOptions, type FileOptions, renderFiles } from '../render/load.ts';
import { describe } from '../render/render.ts';
import { runChild } from './child.ts';
import { environmentOf } from './environment.ts';

/** `shearline run`: a program with the values as its environment. */
export const addRun: AddVerb = (program, io, exit) => {
  const verb = program
    .command('run')
    .description('run a program with the values of SecretReferences in files as its environment, masked in its output')
    .argument('<command...>', 'the program and its arguments, behind --');
  addFileOptions(verb)
    .addHelpText('after', help)
    .action(async (command: readonly string[], options: FileOptions) => exit(await run(command, options, io)));
};

const help = `
Files and logins are those of shearline render. Ends with the code of the program; when a reference failed, the program is
not started, and it is 1.`;

async function run(command: readonly string[], options: FileOptions, io: Io): Promise<number> {
  const rendered = await renderFiles(options, io);
  if (!rendered.ok) return refuse(rendered.fault, exitCodes.usage, io);
  const failures = [...rendered.value].filter(([, { kind }]) => kind === 'failed');
  if (failures.length > 0) return refuse(failures.map(each => describe(...each)).join('\n'), exitCodes.findings, io);
  const environment = environmentOf(rendered.value);
  if (!environment.ok) return refuse(environment.fault, exitCodes.findings, io);
  for (const note of environment.value.notes) io.stderr(`${note}\n`);
  return runChild(command, environment.value, io);
}

function refuse(why: string, code: number, io: Io): number {
  io.stderr(`${why}\n`);
  return code;
}
