import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { until } from '../servers/process.ts';

jest.setTimeout(180_000);

const canary = 'CANARY-7f3a-';

interface Run {
  readonly child: ChildProcess;
  /** All that it has shown so far. */
  output(): string;
  readonly exitCode: Promise<number | null>;
}

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(`${tmpdir()}/shearline-quickstart-test-`);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('shows a Secret that comes from OpenBao and rotates, ends by itself, and tells no value to anybody', async () => {
  const run = start({ ONCE: '1', SHEARLINE_KEEP_SERVERS: '1' });
  const code = await run.exitCode;
  expect({ code, output: run.output() }).toMatchObject({ code: 0, output: expect.stringMatching(/\nDone in \d+ s\./) });
  expect(commandsIn(run.output())).toEqual(commands.map(command => expect.stringMatching(command)));
  expect(await processes()).toEqual([]);
  for (const text of [run.output(), ...(await logs())]) {
    expect(text).not.toContain(canary);
    expect(text).not.toContain(Buffer.from(canary).toString('base64'));
  }
});

const commands = [
  /^kubectl apply --server-side -f crds\/$/,
  /^kubectl wait --for=condition=Established crd --all/,
  /^kubectl apply -f .*rights\.yaml/,
  /^node --disable-sigusr1 .*dist\/main\.js controller --kubeconfig /,
  /^echo .* \| bao policy write /,
  /^bao write auth\/kubernetes\/role\//,
  /^bao kv put .* password=-/,
  /^kubectl apply -f deploy\/samples\/quickstart\/namespace\.yaml$/,
  /^kubectl config set-context --current --namespace=/,
  /^kubectl apply -f .*source\.yaml/,
  /^kubectl apply -f deploy\/samples\/quickstart\/reference\.yaml$/,
  /^kubectl wait --for=condition=Ready sref\//,
  /^kubectl get sref$/,
  /^kubectl describe secret /,
  /^bao kv put .* password=-/,
  /^kubectl annotate sref .* shearline\.dev\/rotate=/,
  /^kubectl wait sref\/.* --for=jsonpath='{\.status\.rotation\.lastSucceeded}'=/,
  /^kubectl get sref$/,
];

test('stays up, with a word on how to go on, until Ctrl-C, and leaves nothing behind', async () => {
  const run = start({});
  await untilShown(run, 'Ctrl-C stops all of it');
  expect(run.output()).toMatch(/export KUBECONFIG=\S+\n.*export BAO_ADDR=http:\S+ BAO_TOKEN=\S+\n/s);
  run.child.kill('SIGINT');
  expect(await run.exitCode).toBe(0);
  expect(await processes()).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
});

test('says what failed and how the log of the operator ends, and leaves nothing behind', async () => {
  const run = start({});
  await untilShown(run, 'Ctrl-C stops all of it');
  for (const { pid, command } of await processes()) if (command.includes('dist/main.js')) process.kill(pid, 'SIGKILL');
  expect(await run.exitCode).toBe(1);
  expect(run.output()).toMatch(/The quickstart failed: the operator ended\nThe log of the operator ends:\n\{.*\}\n/);
  expect(await processes()).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
});

function start(env: Readonly<Record<string, string>>): Run {
  const child = spawn(process.execPath, [`${import.meta.dirname}/quickstart.ts`], {
    env: { ...process.env, TMPDIR: directory, ONCE: '', SHEARLINE_QUICKSTART_VALUE: canary, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const exitCode = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject));
  return { child, output: () => Buffer.concat(output).toString('utf8'), exitCode };
}

async function untilShown(run: Run, text: string): Promise<void> {
  await until(text, () => run.output().includes(text) || run.child.exitCode !== null, 120_000);
  expect(run.output()).toContain(text);
}

const commandsIn = (output: string): readonly string[] =>
  output.split('\n').flatMap(line => (line.startsWith('$ ') ? [line.slice(2)] : []));

/** Every server has a path of the run's own directory among its arguments. */
async function processes(): Promise<readonly { readonly pid: number; readonly command: string }[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const all = await Promise.all(pids.map(async pid => ({ pid: Number(pid), command: await commandOf(pid) })));
  return all.filter(({ command }) => command.includes(directory));
}

const commandOf = (pid: string): Promise<string> =>
  readFile(`/proc/${pid}/cmdline`, 'utf8').then(
    text => text.replaceAll('\0', ' '),
    () => '', // ended while we looked
  );

/** Of the operator and of the API server, the audit log too. */
async function logs(): Promise<readonly string[]> {
  const files = (await readdir(directory, { recursive: true })).filter(file => file.endsWith('.log'));
  expect(files.map(file => file.replace(/.*\//, ''))).toEqual(expect.arrayContaining(['operator.log', 'audit.log']));
  return Promise.all(files.map(file => readFile(`${directory}/${file}`, 'utf8')));
}
