import { type Chapter, chapters } from '../../template/functions/index.ts';

/** What templates can call, from the table whose examples tests run. */
export const functionList = (): string => chapters.map(chapterText).join('\n');

function chapterText({ title, about, functions }: Chapter): string {
  const entries = functions.map(({ name, parameters, doc, example: [template, output] }) => {
    const call = `${name}(${parameters.join(', ')})`;
    return `**\`${call}\`** ${doc}\n${fence(`${template}\n${output.trimEnd().replaceAll(/^/gm, '→ ')}`)}\n`;
  });
  return `### ${title}\n\n${about === undefined ? '' : `${about}\n\n`}${entries.join('\n')}`;
}

const fence = (text: string): string => `\`\`\`text\n${text}\n\`\`\``;
