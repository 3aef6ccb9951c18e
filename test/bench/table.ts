import type { Goal } from './goals.ts';
import type { OperatorCost, Row } from './measure.ts';

/** The table on the screen: a line of figures, below it what was asked of whom and which goals were met. */
export function tableOf(rows: readonly Row[]): readonly string[] {
  return [headings, ...rows.flatMap(linesOf)];
}

interface Column {
  readonly heading: string;
  readonly width: number;
  readonly value: (row: Row) => string;
}

const columns: readonly Column[] = [
  { heading: 'objects', width: 7, value: ({ objects }) => String(objects) },
  { heading: 's', width: 7, value: ({ seconds }) => seconds.toFixed(2) },
  { heading: 'obj/s', width: 7, value: ({ objects, seconds }) => (objects / seconds).toFixed(0) },
  { heading: '/bare', width: 6, value: ({ ratio }) => (ratio === undefined ? '' : `${(ratio * 100).toFixed(0)} %`) },
  {
    heading: '/CPU',
    width: 6,
    value: ({ cpuRatio }) => (cpuRatio === undefined ? '' : `${(cpuRatio * 100).toFixed(0)} %`),
  },
  { heading: 'p50 ms', width: 8, value: ({ latency }) => latency?.p50.toFixed(1) ?? '' },
  { heading: 'p90', width: 8, value: ({ latency }) => latency?.p90.toFixed(1) ?? '' },
  { heading: 'p99', width: 8, value: ({ latency }) => latency?.p99.toFixed(1) ?? '' },
  { heading: 'CPU s', width: 6, value: ({ operator }) => operator?.cpuSeconds.toFixed(2) ?? '' },
  { heading: 'peak MB', width: 8, value: ({ operator }) => operator?.memory.peak.toFixed(0) ?? '' },
  { heading: 'loop ms', width: 8, value: ({ operator }) => operator?.loopDelayP99.toFixed(0) ?? '' },
  { heading: 'reads', width: 6, value: ({ operator }) => String(operator?.asked.reads ?? '') },
  { heading: 'logins', width: 7, value: ({ operator }) => String(operator?.asked.logins ?? '') },
  { heading: 'load', width: 5, value: ({ load }) => load.toFixed(1) },
];

const nameWidth = 44;
const headings = line('', ({ heading }) => heading);

function linesOf(row: Row): readonly string[] {
  return [
    line(row.name, ({ value }) => value(row)),
    ...(row.operator === undefined
      ? []
      : [`    API requests an object: ${callsOf(row.operator.asked.api, row.objects)}`]),
    ...(row.operator === undefined ? [] : [`    memory in MB: ${memoryOf(row.operator)}`]),
    `    CPU seconds: ${cpuOf(row.cpu)}`,
    ...row.goals.map(goalLine),
  ];
}

function line(name: string, cell: (column: Column) => string): string {
  return name.padEnd(nameWidth) + columns.map(column => cell(column).padStart(column.width)).join('');
}

const goalLine = ({ what, goal, measured, met }: Goal): string =>
  `    ${met ? 'met   ' : 'MISSED'}  ${what}: ${measured} (goal ${goal})`;

function callsOf(api: Readonly<Record<string, number>>, objects: number): string {
  // The few requests of a start are in the JSON.
  const calls = Object.entries(api)
    .filter(([, times]) => times / objects >= 0.005)
    .toSorted(([, a], [, b]) => b - a);
  const shown = calls.map(([call, times]) => `${call} ${(times / objects).toFixed(2)}`);
  return shown.join(', ') || 'none';
}

const memoryOf = ({ memory, heap }: OperatorCost): string =>
  Object.entries({ ...memory, 'heap used': heap.used, 'heap total': heap.total, buffers: heap.external })
    .map(([what, megabytes]) => `${what} ${megabytes.toFixed(0)}`)
    .join(', ');

const cpuOf = (cpu: Readonly<Record<string, number>>): string =>
  Object.entries(cpu)
    .toSorted(([, a], [, b]) => b - a)
    .map(([program, seconds]) => `${program} ${seconds.toFixed(1)}`)
    .join(', ');
