import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';

const pages = globSync(['*.md', '{charts,crds,deploy,docs,image,src,test}/**/*.md']);
const textOf = (page: string): string => readFileSync(page, 'utf8');

/** Code is no prose: nothing in it is a link or a heading. */
const proseOf = (page: string): string => textOf(page).replaceAll(/^(`{3,}).*?^\1$/gms, '');

/** As GitHub names headings. */
const anchorsOf = (page: string): readonly string[] =>
  [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const linksIn = (text: string): readonly string[] =>
  [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link);

function isBroken(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
}

test('every link between pages leads to a file, and to a heading in it', () => {
  const broken = pages.flatMap(page =>
    linksIn(proseOf(page)).flatMap(link => (isBroken(page, link) ? [`${page}: ${link}`] : [])),
  );
  expect(broken).toEqual([]);
});

test('a link that leads nowhere would be found', () => {
  expect(pages.length).toBeGreaterThan(30);
  expect(linksIn('see [a](gone.md) and [b](operate.md#gone), not [c](https://example.com)')).toEqual([
    'gone.md',
    'operate.md#gone',
  ]);
  for (const link of ['gone.md', 'operate.md#gone', '#gone']) expect(isBroken('docs/install.md', link)).toBe(true);
  expect(isBroken('docs/install.md', 'operate.md#troubleshooting')).toBe(false);
});
