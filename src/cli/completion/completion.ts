import { Argument } from 'commander';
import type { AddVerb } from '../io.ts';
import { candidates } from './candidates.ts';
import { type Shell, scripts, shells } from './scripts.ts';

/** `shearline completion bash`: a script that asks this very program what can follow, so that it is never out of date. */
export const addCompletion: AddVerb = (program, io) => {
  program
    .command('completion')
    .description('print what completes commands in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText('after', '\nFor this session: source <(shearline completion bash)')
    .action((shell: Shell) => io.stdout(scripts[shell]));
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action((words: readonly string[]) => io.stdout(lines(candidates(program, words))));
};

const lines = (found: readonly string[]): string => found.map(word => `${word}\n`).join('');
