import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { installParts, quickstartParts } from '../servers/install.ts';
import type { Row } from './measure.ts';
import { root } from './operator.ts';
import { profileSummary } from './profile.ts';
import { type Progress, showProgress } from './progress.ts';
import { readSettings, type Settings } from './settings.ts';
import { setStage } from './stage.ts';
import { tableOf } from './table.ts';

/** `make bench`: measures the operator on real servers, side by side with a bare client. See README.md beside this. */
const settings = readSettings(process.env);
const outputName = `bench-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}`;
const machine = { cores: cpus().length, cpu: cpus()[0]?.model, node: process.version, loadAtStart: loadavg() };

const progress = showProgress(process.stdout);
progress.say(`${settings.size} references in ${settings.namespaces} namespaces; ${machineLine()}`);
await installParts(quickstartParts, progress.say);
const rows = await runAll(settings, progress).finally(() => progress.end());
process.stdout.write(`${['', ...tableOf(rows), '', ...(await summary())].join('\n')}\n`);
process.exit(0);

async function runAll(chosen: Settings, shown: Progress): Promise<readonly Row[]> {
  await using end = new AsyncDisposableStack();
  const bench = await setStage(chosen, outputName, shown, end);
  const results: Row[] = [];
  for (const phase of chosen.phases) {
    shown.phase(phase.name);
    const measured = await phase.run(bench);
    for (const line of tableOf(measured)) shown.say(line);
    results.push(...measured);
    await keep(results);
  }
  shown.phase('stopping');
  return results;
}

/** After each phase: a bench that is ended early leaves what it had. */
async function keep(results: readonly Row[]): Promise<void> {
  await mkdir(`${root}dist`, { recursive: true });
  const { phases, ...numbers } = settings;
  const record = { machine, settings: { ...numbers, phases: phases.map(({ name }) => name) }, rows: results };
  await writeFile(`${root}dist/${outputName}.json`, `${JSON.stringify(record, undefined, 2)}\n`);
}

async function summary(): Promise<readonly string[]> {
  const goals = rows.flatMap(row => row.goals);
  const missed = goals.filter(({ met }) => !met).length;
  return [
    ...(settings.profile ? await profileSummary(outputName) : []),
    `${goals.length - missed} of ${goals.length} goals met; ${machineLine()}`,
    `dist/${outputName}.json`,
  ];
}

function machineLine(): string {
  const [load = 0] = machine.loadAtStart;
  return `${machine.cores} cores, load ${load.toFixed(1)} at the start, Node ${machine.node}`;
}
