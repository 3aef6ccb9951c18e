import { kinds } from '../../api/kinds.ts';
import { customResourceDefinition } from '../../schema/crd.ts';
import { yamlStream } from '../../schema/yaml.ts';
import { deployment, operatorNamespace, serviceAccount } from './operator.ts';
import { reasonTable, referenceDocs } from './reference.ts';
import { roles } from './roles.ts';

/** Every generated file, by its path from the root of the repository. Of the README only the part between its markers. */
export function generatedFiles(readme: string): ReadonlyMap<string, string> {
  const crds = kinds.map(customResourceDefinition);
  return new Map([
    ...kinds.map((kind, index) => [`crds/${kind.plural}.yaml`, yamlStream([crds[index]])] as const),
    ['crds/reference.md', referenceDocs()],
    ['README.md', withReasons(readme)],
    [
      'deploy/install.yaml',
      yamlStream([...crds, operatorNamespace, serviceAccount, ...roles(), deployment], installNote),
    ],
  ]);
}

const withReasons = (readme: string): string =>
  readme.replace(
    /(<!-- reasons: .*-->\n)[\s\S]*(\n<!-- end of reasons -->)/,
    (_, begin, end) => `${begin}${reasonTable()}${end}`,
  );

const installNote = `# Everything that a cluster needs: kubectl apply --server-side -f deploy/install.yaml
# The image of the Deployment is published with a later release; until then, put one of your own there.
`;
