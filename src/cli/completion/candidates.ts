import type { Command, Option } from 'commander';

/** What can take the place of the last word, which may be empty. None: a file, or whatever the shell thinks. */
export function candidates(program: Command, words: readonly string[]): readonly string[] {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = innermost(program, before);
  const asked = optionNamed(command, before.at(-1) ?? '');
  const choices = asked === undefined || asked.isBoolean() ? namesIn(command, last) : (asked.argChoices ?? []);
  return choices.filter(word => word.startsWith(last));
}

/** The command that the words lead to: those that are no command are options and their values. */
const innermost = (program: Command, words: readonly string[]): Command =>
  words.reduce((command, word) => command.commands.find(each => each.name() === word) ?? command, program);

const optionNamed = (command: Command, word: string): Option | undefined =>
  command.options.find(({ short, long }) => word !== '' && (word === short || word === long));

function namesIn(command: Command, last: string): readonly string[] {
  if (last.startsWith('-')) return [...visibleOptions(command), '--help'];
  const verbs = command.createHelp().visibleCommands(command);
  return [
    ...verbs.map(each => each.name()),
    ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  ];
}

const visibleOptions = (command: Command): readonly string[] =>
  command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);
