import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { version } from '../../src/version.ts';
import { cli } from './cli.ts';

test.each([
  ['no command', [], 2, 'Usage: shearline'],
  ['a command that does not exist', ['nope'], 2, "unknown command 'nope'"],
  ['an unknown option', ['--nope'], 2, "unknown option '--nope'"],
  ['a kubeconfig that is not there', ['doctor', 'a', '--kubeconfig', 'none'], 2, 'cannot be used: it cannot be read'],
  ['an argument that is none of the choices', ['completion', 'tcsh'], 2, 'Allowed choices are bash, zsh, fish'],
])('wrong usage ends with 2, and says what is right: %s', async (_, args, code, said) => {
  const ended = await cli(args);
  expect(ended).toMatchObject({ code, out: '', err: expect.stringContaining(said) });
});

test('help and version are printed to stdout and end with 0', async () => {
  expect(await cli(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  expect(await cli(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Usage: shearline'), err: '' });
});

test.each([
  ['a command', ['compl'], ['completion']],
  ['an argument', ['completion', ''], ['bash', 'zsh', 'fish']],
  ['an option', ['completion', '--h'], ['--help']],
  ['nothing that is known', ['completion', 'bash', 'x'], []],
])('completion knows %s', async (_, words, found) => {
  const { out } = await cli(['complete', '--', ...words]);
  expect(out).toBe(found.map(word => `${word}\n`).join(''));
});

test('completion works in a real bash', async () => {
  const { out: script } = await cli(['completion', 'bash']);
  const program = `shearline() { "${process.execPath}" src/cli/main.ts "$@"; }
${script}
COMP_WORDS=(shearline completion z) COMP_CWORD=2
_shearline
printf '%s\\n' "\${COMPREPLY[@]}"`;
  expect(execFileSync('bash', ['-c', program], { encoding: 'utf8' })).toBe('zsh\n');
});

test('docs/cli.md has a heading for each command of the help', async () => {
  const { out } = await cli(['--help']);
  const verbs = [...out.slice(out.indexOf('Commands:')).matchAll(/^ {2}([a-z-]+)\b/gm)].map(([, verb]) => verb);
  const headings = [...readFileSync('docs/cli.md', 'utf8').matchAll(/^## .*`shearline ([a-z-]+)`/gm)];
  expect(headings.map(([, verb]) => verb)).toEqual(verbs);
});
