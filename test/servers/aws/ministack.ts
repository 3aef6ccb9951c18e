import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { answersOk, httpRequest } from '../http.ts';
import { installParts } from '../install.ts';
import { parts } from '../parts.ts';
import { freePort } from '../ports.ts';
import { startProcess } from '../process.ts';
import { signed } from './sigv4.ts';

export const region = 'eu-central-1';
export const account = '000000000000';
const rootKeys = { accessKeyId: 'test', secretAccessKey: 'test' };

/** ministack with its checks of signatures and policies on. It takes any web identity: tests reach it through the gate only. */
export interface Ministack {
  readonly address: string;
  readonly directory: string;
  /** One call of Secrets Manager or Parameter Store as root: `secretsmanager.CreateSecret`. Throws an `AwsError`. */
  root(target: string, input: object): Promise<unknown>;
  /** One call of IAM or STS as root; answers its XML. */
  query(service: 'iam' | 'sts', action: string, input: Readonly<Record<string, string>>): Promise<string>;
  log(): Promise<string>;
  stop(): Promise<void>;
}

export class AwsError extends Error {
  readonly code: string;

  constructor(what: string, code: string, body: string) {
    super(`AWS answered ${code} to ${what}: ${body}`);
    this.code = code;
  }
}

export async function startMinistack(): Promise<Ministack> {
  const { awsPython } = await installParts([parts.aws]);
  const [directory, port] = await Promise.all([mkdtemp(`${tmpdir()}/shearline-aws-`), freePort()]);
  const host = `127.0.0.1:${port}`;
  const address = `http://${host}`;
  const server = await startProcess({
    name: 'ministack',
    command: awsPython,
    args: ['-m', 'ministack'],
    directory,
    // Its default is to listen on all interfaces.
    env: {
      AUTH: 'true',
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: `${port}`,
      EDGE_PORT: `${port}`,
    },
    ready: () => answersOk(`${address}/_ministack/health`),
  });
  const post = async (service: string, place: string, headers: Readonly<Record<string, string>>, body: string) =>
    httpRequest(address, {
      method: 'POST',
      headers: signed({ service, region: place, host, headers, body }, rootKeys),
      body,
    });
  return {
    address,
    directory,
    root: async (target, input) => {
      const service = target.startsWith('AmazonSSM.') ? 'ssm' : 'secretsmanager';
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
      const { status, body } = await post(service, region, headers, JSON.stringify(input));
      if (status !== 200) throw new AwsError(target, /"__type": ?"([^"]+)"/.exec(body)?.[1] ?? `${status}`, body);
      return JSON.parse(body);
    },
    query: async (service, action, input) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const Version = service === 'iam' ? '2010-05-08' : '2011-06-15';
      const form = new URLSearchParams({ Action: action, Version, ...input }).toString();
      const { status, body } = await post(service, service === 'iam' ? 'us-east-1' : region, headers, form);
      if (status !== 200) throw new AwsError(action, /<Code>([^<]+)/.exec(body)?.[1] ?? `${status}`, body);
      return body;
    },
    log: () => readFile(server.log, 'utf8'),
    stop: async () => {
      await server.kill(); // in memory: nothing to save
      await rm(directory, { recursive: true, force: true });
    },
  };
}
