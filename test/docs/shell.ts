import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { ControlPlaneFacts } from '../servers/access.ts';

/** A page whose commands can be run: the blocks that it marks as `sh`, one command a line, by their `##` sections. */
export interface Page {
  readonly sections: ReadonlyMap<string, readonly string[]>;
  /** Commands in blocks that are not marked, because something is missing here that they need. */
  readonly notRun: readonly string[];
}

const headingOrBlock = /^## (?<heading>.+)$|^```(?<language>\w*)\n(?<text>[\s\S]*?)^```$/gm;

export async function readPage(path: string): Promise<Page> {
  const sections = new Map<string, string[]>();
  const notRun: string[] = [];
  let here = '';
  for (const { groups = {} } of (await readFile(path, 'utf8')).matchAll(headingOrBlock)) {
    const { heading, language, text = '' } = groups;
    const lines = text.trimEnd().split('\n');
    if (heading !== undefined) here = heading;
    else if (language === 'sh') sections.set(here, [...(sections.get(here) ?? []), ...lines]);
    else if (language === '') notRun.push(...lines);
  }
  return { sections, notRun };
}

/** Runs lines as a reader would who is in the repository and has a kubeconfig; throws with what they complained of. */
export const shellFor =
  ({ adminKubeconfig, programs }: ControlPlaneFacts, directory: string) =>
  async (line: string): Promise<string> => {
    const PATH = `${directory}/bin:${dirname(programs.kubectl)}:/usr/bin:/bin`;
    const env = { PATH, HOME: directory, KUBECONFIG: adminKubeconfig };
    const here = line.replaceAll(/\bcharts\/|\bdeploy\//g, path => `${process.cwd()}/${path}`);
    return (await promisify(execFile)('sh', ['-euc', here], { env, cwd: directory })).stdout;
  };
