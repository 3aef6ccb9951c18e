import { kinds } from '../../api/kinds.ts';
import { customResourceDefinition } from '../../schema/crd.ts';
import { yamlStream } from '../../schema/yaml.ts';
import { deployment, operatorNamespace, serviceAccount } from './operator.ts';
import { referenceDocs } from './reference.ts';
import { roles } from './roles.ts';

/** Every generated file, by its path from the root of the repository. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const crds = kinds.map(customResourceDefinition);
  return new Map([
    ...kinds.map((kind, index) => [`crds/${kind.plural}.yaml`, yamlStream([crds[index]])] as const),
    ['crds/reference.md', referenceDocs()],
    [
      'deploy/install.yaml',
      yamlStream([...crds, operatorNamespace, serviceAccount, ...roles(), deployment], installNote),
    ],
  ]);
}

const installNote = `# Everything that a cluster needs: kubectl apply --server-side -f deploy/install.yaml
# The image of the Deployment is published with a later release; until then, put one of your own there.
`;
