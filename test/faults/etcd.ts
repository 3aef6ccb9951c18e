import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { ControlPlaneAccess } from '../servers/access.ts';

const Status = z.tuple([z.object({ Status: z.object({ header: z.object({ revision: z.number() }) }) })]);

/** Forgets all history: whoever wants to go on from an earlier version cannot. */
export async function compact({ programs, etcdEndpoint }: ControlPlaneAccess): Promise<void> {
  const etcdctl = async (...args: readonly string[]) =>
    (await promisify(execFile)(programs.etcdctl, ['--endpoints', etcdEndpoint, ...args])).stdout;
  const [{ Status: status }] = Status.parse(JSON.parse(await etcdctl('endpoint', 'status', '-w', 'json')));
  await etcdctl('compact', `${status.header.revision}`);
}
