import { kinds } from '../../api/kinds.ts';
import { customResourceDefinition } from '../../schema/crd.ts';
import { yamlStream } from '../../schema/yaml.ts';
import { deployment, operatorNamespace, serviceAccount } from './operator.ts';
import { providerTable, reasonTable, referenceDocs } from './reference.ts';
import { roles } from './roles.ts';

/** Every generated file, by its path from the root of the repository. Of the README only the part between its markers. */
export function generatedFiles(readme: string): ReadonlyMap<string, string> {
  const crds = kinds.map(customResourceDefinition);
  return new Map([
    ...kinds.map((kind, index) => [`crds/${kind.plural}.yaml`, yamlStream([crds[index]])] as const),
    ['crds/reference.md', referenceDocs()],
    ['README.md', withTables(readme)],
    [
      'deploy/install.yaml',
      yamlStream([...crds, operatorNamespace, serviceAccount, ...roles(), deployment], installNote),
    ],
  ]);
}

const withTables = (readme: string): string =>
  withTable(withTable(readme, 'reasons', reasonTable()), 'providers', providerTable());

const withTable = (readme: string, name: string, table: string): string =>
  readme.replace(
    new RegExp(`(<!-- ${name}: .*-->\\n)[\\s\\S]*(\\n<!-- end of ${name} -->)`),
    (_, begin, end) => `${begin}${table}${end}`,
  );

const installNote = `# Everything that a cluster needs: kubectl apply --server-side -f deploy/install.yaml
# The image of the Deployment is published with a later release; until then, put one of your own there.
`;
