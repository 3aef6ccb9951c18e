import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { Certificate } from './certificates.ts';

export interface KubectlOptions {
  readonly input?: string;
  /** Instead of the admin's. */
  readonly kubeconfig?: string;
}
export interface KubectlPlace {
  readonly adminKubeconfig: string;
  readonly directory: string;
  readonly programs: { readonly kubectl: string };
}

export async function runKubectl(
  facts: KubectlPlace,
  args: readonly string[],
  { input, kubeconfig }: KubectlOptions,
): Promise<string> {
  const all = ['--kubeconfig', kubeconfig ?? facts.adminKubeconfig, ...args];
  const env = { PATH: process.env.PATH, HOME: facts.directory };
  const running = promisify(execFile)(facts.programs.kubectl, all, { env, maxBuffer: 256 * 1024 * 1024 });
  running.child.stdin?.end(input);
  return running.then(
    ({ stdout }) => stdout,
    (problem: unknown) => {
      const stderr = problem instanceof Error && 'stderr' in problem ? String(problem.stderr) : String(problem);
      throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`);
    },
  );
}

/** Random names, because the test files of one run share the directory. */
export async function writeKubeconfig(
  { server, ca, directory }: { readonly server: string; readonly ca: string; readonly directory: string },
  user: Readonly<Record<string, string>>,
  name = `kubeconfig-${randomBytes(6).toString('hex')}`,
): Promise<string> {
  const path = `${directory}/${name}`;
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  await writeFile(path, stringify(config), { mode: 0o600 });
  return path;
}

export const certificateUser = ({ certificateFile, keyFile }: Certificate) => ({
  'client-certificate': certificateFile,
  'client-key': keyFile,
});
