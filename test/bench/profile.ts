import { readdir, readFile } from 'node:fs/promises';
import * as z from 'zod';
import { root } from './operator.ts';

/** CPU and heap profiles that Node writes when an operator ends, and what stands at their top. */

export function profileFlags(outputName: string): () => readonly string[] {
  let runs = 0;
  return () => {
    const name = `${outputName}-${++runs}`;
    const directory = `${root}dist`;
    return [
      ...['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-name=${name}.cpuprofile`],
      ...['--heap-prof', `--heap-prof-dir=${directory}`, `--heap-prof-name=${name}.heapprofile`],
    ];
  };
}

/** Lines for the screen: files, and the functions that took most in each. */
export async function profileSummary(outputName: string): Promise<readonly string[]> {
  const names = (await readdir(`${root}dist`)).filter(name => name.startsWith(`${outputName}-`)).toSorted();
  const lines: string[] = [];
  for (const name of names.filter(each => /profile$/.test(each))) {
    const raw: unknown = JSON.parse(await readFile(`${root}dist/${name}`, 'utf8'));
    lines.push(`dist/${name}`, ...(name.endsWith('.cpuprofile') ? topOfCpu(raw) : topOfHeap(raw)));
  }
  return lines;
}

const shown = 25;
const CallFrame = z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() });
const CpuProfile = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame: CallFrame })),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

function topOfCpu(raw: unknown): readonly string[] {
  const { nodes, samples, timeDeltas } = CpuProfile.parse(raw);
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const micros = samples.map((id, index) => [frames.get(id) ?? '', timeDeltas[index] ?? 0] as const);
  return top(
    micros.filter(([name]) => !name.startsWith('(idle)')),
    value => `${(value / 1000).toFixed(0)} ms`,
  );
}

interface HeapNode {
  readonly callFrame: z.infer<typeof CallFrame>;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}
const HeapNode: z.ZodType<HeapNode> = z.object({
  callFrame: CallFrame,
  selfSize: z.number(),
  get children() {
    return z.array(HeapNode);
  },
});

function topOfHeap(raw: unknown): readonly string[] {
  const all: (readonly [string, number])[] = [];
  const visit = ({ callFrame, selfSize, children }: HeapNode): void => {
    all.push([nameOf(callFrame), selfSize]);
    children.forEach(visit);
  };
  visit(z.object({ head: HeapNode }).parse(raw).head);
  return top(all, value => `${(value / 1024).toFixed(0)} kB`);
}

function top(costs: readonly (readonly [string, number])[], show: (value: number) => string): readonly string[] {
  const sums = new Map<string, number>();
  for (const [name, value] of costs) sums.set(name, (sums.get(name) ?? 0) + value);
  const total = [...sums.values()].reduce((sum, value) => sum + value, 0);
  const first = [...sums].toSorted((a, b) => b[1] - a[1]).slice(0, shown);
  return [
    `  ${show(total).padStart(10)}  in all`,
    ...first.map(([name, value]) => `  ${show(value).padStart(10)}  ${name}`),
  ];
}

const nameOf = ({ functionName, url, lineNumber }: z.infer<typeof CallFrame>): string =>
  `${functionName || '(anonymous)'} ${url.split('/').slice(-2).join('/')}${url === '' ? '' : `:${lineNumber + 1}`}`;
