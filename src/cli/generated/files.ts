import * as z from 'zod';
import { kinds } from '../../api/kinds.ts';
import { customResourceDefinition } from '../../schema/crd.ts';
import { yamlStream } from '../../schema/yaml.ts';
import { valuesTable } from '../chart/documents.ts';
import { chartFiles } from '../chart/files.ts';
import { ChartValues, CrdChartValues } from '../chart/values.ts';
import { functionList } from './functions.ts';
import { metricsPage } from './metrics.ts';
import { providerTable, reasonTable, referenceDocs } from './reference.ts';

/** Texts written by hand that hold generated tables, each between two markers. */
const tables: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'docs/stores.md': { providers: providerTable },
  'docs/operate.md': { reasons: reasonTable },
  'docs/templates.md': { functions: functionList },
  'charts/shearline/README.md': { values: () => valuesTable(ChartValues) },
  'charts/shearline-crds/README.md': { values: () => valuesTable(CrdChartValues) },
};

/** Every generated file, by its path from the root of the repository. `current`: its present content. */
export function generatedFiles(current: (path: string) => string): ReadonlyMap<string, string> {
  return new Map([
    ...kinds.map(kind => [`crds/${kind.plural}.yaml`, yamlStream([customResourceDefinition(kind)])] as const),
    ['crds/reference.md', referenceDocs()],
    ['docs/metrics.md', metricsPage()],
    ...chartFiles(releaseIn(current('package.json'))),
    ...Object.entries(tables).map(([path, of]) => [path, withTables(current(path), of)] as const),
  ]);
}

const releaseIn = (text: string): string => z.object({ version: z.string() }).parse(JSON.parse(text)).version;

const withTables = (text: string, tables: Readonly<Record<string, () => string>>): string =>
  Object.entries(tables).reduce((so, [name, table]) => withTable(so, name, table()), text);

const withTable = (text: string, name: string, table: string): string =>
  text.replace(
    new RegExp(`(<!-- ${name}: .*-->\\n)[\\s\\S]*(\\n<!-- end of ${name} -->)`),
    (_, begin, end) => `${begin}${table}${end}`,
  );
