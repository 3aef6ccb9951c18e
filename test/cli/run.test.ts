import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { Masker } from '../../src/cli/run/masker.ts';
import { cli, type World } from './cli.ts';

const apiVersion = 'shearline.dev/v1alpha1';
const multiline = 'CANARY-first line\nsecond line of it\n';
const values = { PASSWORD: 'CANARY-7f3a', 'dotted.name': 'CANARY-dotted', SHORT: 'on', LINES: multiline };
const objects = [
  { apiVersion, kind: 'SecretReference', metadata: { name: 'db' }, spec: { dataFrom: [{ extract: { key: 'db' } }] } },
  { apiVersion, kind: 'SecretReference', metadata: { name: 'same' }, spec: { dataFrom: [{ extract: { key: 'db' } }] } },
  {
    apiVersion,
    kind: 'SecretReference',
    metadata: { name: 'bad' },
    spec: { dataFrom: [{ extract: { key: 'none' } }] },
  },
  {
    apiVersion,
    kind: 'SecretSource',
    metadata: { name: 'store' },
    spec: { default: true, provider: { fake: { data: [{ key: 'db', valueMap: values }] } } },
  },
];
const cwd = mkdtempSync(`${tmpdir()}/shearline-run-`);
writeFileSync(`${cwd}/all.yaml`, objects.map(each => `---\n${JSON.stringify(each)}\n`).join(''));

const env = { PATH: process.env.PATH, OWN: 'mine' };
const run = (command: readonly string[], reference = 'db', world: World = {}) =>
  cli(['run', '-f', 'all.yaml', '--reference', reference, '--', ...command], { cwd, env, ...world });
const script = (text: string): readonly string[] => [process.execPath, '-e', text];

test('a program has the values in its environment, beside what it would have had', async () => {
  const text = "process.exit(process.env.PASSWORD === 'CANARY-' + '7f3a' && process.env.OWN === 'mine' ? 0 : 9)";
  expect((await run(script(text))).code).toBe(0);
});

test('values are masked in its output and errors, their lines too, and everything else is as it was', async () => {
  const { code, out, err } = await run(
    script(`const { PASSWORD, LINES } = process.env;
      process.stdout.write('<' + PASSWORD + '>' + LINES + 'grün');
      process.stderr.write('second line of it, ' + PASSWORD.slice(0, 5) + ' ' + PASSWORD);`),
  );
  expect({ code, out }).toEqual({ code: 0, out: '<***>***grün' });
  expect(err).toBe(`default/db: dotted.name is no variable: its name may have only letters, digits and "_"
default/db: SHORT is too short to be masked (under 4 bytes)
***, CANAR ***`);
});

describe('a value is masked as programs print it:', () => {
  const value = 'CANARY "pass/word+é\nwith a second line, long enough that base64 breaks it into two';
  const base64 = Buffer.from(value).toString('base64');
  test.each<[string, string]>([
    ['JSON', JSON.stringify(value).slice(1, -1)],
    ['a part of a URL', encodeURIComponent(value)],
    ['hexadecimal', Buffer.from(value).toString('hex')],
    ['base64', base64],
    ['base64url', Buffer.from(value).toString('base64url')],
    ['base64 in lines', base64.replaceAll(/.{76}/g, '$&\n')],
    ['a Basic login', Buffer.from(`user:${value}`).toString('base64')],
    ['one of its lines in base64', Buffer.from('CANARY "pass/word+é').toString('base64')],
  ])('%s', (_, printed) => {
    const masker = new Masker([Buffer.from(value)]);
    const shown = `${masker.push(Buffer.from(printed))}${masker.end()}`;
    expect(shown.replace(/^dXNlcj/, '')).toMatch(/^.?\*\*\*(\n\*\*\*)?.{0,3}$/);
  });
});

test.each([
  ['the code of the program', script('process.exit(7)'), 7],
  ['128 and the number of the signal that ended it', script("process.kill(process.pid, 'SIGKILL')"), 137],
  ['127 when there is no such program', ['no-such-program-here'], 127],
  ['126 for what cannot be run', [cwd], 126],
])('ends with %s', async (_, command, code) => {
  expect((await run(command)).code).toBe(code);
});

test('hands its signals on', async () => {
  const begun = script(
    "process.on('SIGTERM', () => process.exit(33)); setInterval(() => undefined, 1000); console.log('up')",
  );
  let handler: ((signal: NodeJS.Signals) => void) | undefined;
  const { promise: up, resolve } = Promise.withResolvers<void>();
  const ended = run(begun, 'db', {
    onSignal: given => {
      handler = given;
    },
    onOutput: text => {
      if (text.includes('up')) resolve();
    },
  });
  await up;
  handler?.('SIGTERM');
  expect((await ended).code).toBe(33);
});

describe('the program is not started', () => {
  const started = script("require('node:fs').writeFileSync('started', '')");

  test.each<[string, readonly string[], number, RegExp]>([
    ['when a reference failed', ['--reference', 'bad'], 1, /^default\/bad: KeyNotFound/],
    ['when a file is not there', ['-f', 'none.yaml'], 2, /none\.yaml: there is no such file/],
    ['when there is no such reference', ['--reference', 'none'], 2, /no SecretReference none/],
  ])('%s', async (_, args, code, said) => {
    const ended = await cli(['run', '-f', 'all.yaml', ...args, '--', ...started], { cwd, env });
    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err).toMatch(said);
  });

  test('when two references give the same variable', async () => {
    writeFileSync(`${cwd}/two.yaml`, [0, 1, 3].map(at => `---\n${JSON.stringify(objects[at])}\n`).join(''));
    const ended = await cli(['run', '-f', 'two.yaml', '--', ...started], { cwd, env });
    expect(ended).toMatchObject({
      code: 1,
      err: 'default/db and default/same both give PASSWORD: choose one by --reference\n',
    });
  });
});

describe('a mask', () => {
  const secrets = ['CANARY-7f3a', 'CANARY-7f3a-longer', 'ABABAC', 'x', 'line one\nline two'].map(each =>
    Buffer.from(each),
  );
  const text = 'a CANARY-7f3a b CANARY-7f3a-longer c ABABABAC d CANARY-7 x CANARY- line one e CANARY-7f3a-long';
  const expected = 'a *** b *** c AB*** d CANARY-7 x CANARY- *** e ***-long';

  test.each([1, 2, 3, 5, 7, 11, 1000])('is whole whatever the chunks are: %d bytes', size => {
    const masker = new Masker(secrets);
    const shown: Buffer[] = [];
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) shown.push(masker.push(bytes.subarray(at, at + size)));
    expect(Buffer.concat([...shown, masker.end()]).toString()).toBe(expected);
  });

  test('holds back what may be the beginning of a secret, and nothing else', () => {
    const masker = new Masker(secrets);
    expect(`${masker.push(Buffer.from('password: '))}`).toBe('password: ');
    expect(`${masker.push(Buffer.from('CANARY-7f3a'))}`).toBe('');
    expect(`${masker.push(Buffer.from('\n'))}`).toBe('***\n');
  });
});
