import { readFileSync } from 'node:fs';

/** Templates of External Secrets that tests share, and what Go makes of them. */
const read = (name: string) => JSON.parse(readFileSync(`test/cli/migrate/${name}.json`, 'utf8'));

/** With the values for which `outputs` was recorded (`cd test/cli/migrate/go; go run . < ../go-templates.json > ../go-outputs.json`). */
export const given: { readonly values: Readonly<Record<string, string>>; readonly templates: readonly string[] } =
  read('go-templates');
export const outputs: readonly string[] = read('go-outputs');

const [, section = ''] = readFileSync('docs/from-external-secrets.md', 'utf8').split('\n## Templates\n');
const [table = ''] = section.split('\n## ');

/** Those of the page for users. A line break cannot be in a cell. */
export const documented: readonly string[] = [...table.matchAll(/^\| `(.+?)` \| `/gm)].map(([, theirs = '']) =>
  theirs.replaceAll('\\|', '|').replaceAll('\\n', '\n'),
);
