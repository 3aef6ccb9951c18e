import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { architectures } from '../../image/architectures.ts';
import { nodePin } from '../../image/node.ts';
import { program } from '../../image/program.ts';

let stages: readonly string[];
beforeAll(async () => {
  stages = (await readFile('Dockerfile', 'utf8')).split(/^(?=FROM )/m).slice(1);
});

/** What comes after that word, line by line, in the last stage. */
const said = (word: string): readonly string[] =>
  (stages.at(-1) ?? '').split('\n').flatMap(line => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));

/** NAME="value", as Docker reads it. */
const pairs = (lines: readonly string[]): readonly string[] =>
  lines.map(line => line.replace(/^([^=]+)="(.*)"$/, '$1=$2'));

test('Docker starts from nothing, and runs what the image of `make image` runs, as the same user', () => {
  expect(said('FROM')).toEqual(['scratch']);
  expect(said('COPY')).toEqual(['base', 'node', 'app'].map(folder => `--from=stage /stage/${folder}/ /`));
  expect({
    User: said('USER')[0],
    ExposedPorts: Object.fromEntries(said('EXPOSE').flatMap(line => line.split(' ').map(port => [port, {}]))),
    Env: pairs(said('ENV')),
    Entrypoint: JSON.parse(said('ENTRYPOINT')[0] ?? ''),
    Cmd: JSON.parse(said('CMD')[0] ?? ''),
    WorkingDir: said('WORKDIR')[0],
    Labels: Object.fromEntries(pairs(said('LABEL')).map(pair => pair.split(/=(.*)/, 2))),
  }).toEqual(program);
});

test('Node is the same release everywhere: in both images, and where Docker stages the files', async () => {
  const [first, second] = await Promise.all(architectures.map(nodePin));
  expect(first?.version).toBe(second?.version);
  expect(stages[0]).toMatch(`FROM --platform=$BUILDPLATFORM node:${first?.version}-bookworm AS stage\n`);
  expect(stages[0]).toMatch('RUN node image/stage.ts "$TARGETARCH" /stage\n');
});
