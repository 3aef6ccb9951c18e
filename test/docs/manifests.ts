import { globSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

/** The pages whose examples are whole manifests. */
export const pagesOfManifests = ['docs/reference.md', 'docs/target.md', 'docs/sources.md', 'docs/rotation.md'];

/** Its blocks of YAML, each as it is written. */
export const manifestsIn = (page: string): readonly string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);

/** The sections (`##`) of a page that show no example. */
export const sectionsWithoutManifest = (page: string): readonly string[] =>
  readFileSync(page, 'utf8')
    .split(/^## /m)
    .slice(1)
    .filter(section => !section.includes('```yaml\n'))
    .map(section => section.split('\n', 1)[0] ?? '');

/** All objects that samples and pages show, as a cluster would hold them, by where they are. */
export function shownObjects(kind: string): readonly (readonly [where: string, raw: Record<string, unknown>])[] {
  const samples = globSync('deploy/samples/**/*.yaml').map((file): readonly [string, string] => [
    file,
    readFileSync(file, 'utf8'),
  ]);
  const pages = pagesOfManifests.flatMap(page =>
    manifestsIn(page).map((text): readonly [string, string] => [page, text]),
  );
  const facts = { uid: 'u', resourceVersion: '1', generation: 1 };
  return [...samples, ...pages].flatMap(([where, text]) =>
    parseAllDocuments(text)
      .map(document => document.toJS())
      .filter(object => object.kind === kind)
      .map(
        object =>
          [`${where}: ${object.metadata.name}`, { ...object, metadata: { ...object.metadata, ...facts } }] as const,
      ),
  );
}
