import { createHash } from 'node:crypto';
import { version } from '../src/version.ts';
import type { Architecture } from './architectures.ts';
import type { Deb } from './debs.ts';
import type { NodePin } from './node.ts';
import type { Bundled } from './packages.ts';

/** What is in the image of one architecture. */
export interface Contents {
  readonly architecture: Architecture;
  readonly packages: readonly Bundled[];
  readonly node: NodePin;
  readonly debs: readonly Deb[];
}

/** The bill of materials as SPDX 2.3. Nothing of the day or the machine is in it: equal contents give equal text. */
export function sbom(contents: Contents) {
  const [ours, ...parts] = [operator(), node(contents), ...debs(contents), ...npm(contents)] as const;
  const described = {
    packages: [ours, ...parts],
    relationships: [
      relationship('SPDXRef-DOCUMENT', 'DESCRIBES', ours),
      ...parts.map(part => relationship(ours.SPDXID, 'CONTAINS', part)),
    ],
  };
  const name = `shearline-${version}-${contents.architecture}`;
  const id = createHash('sha256').update(JSON.stringify(described)).digest('hex').slice(0, 32);
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace: `https://shearline.dev/spdx/${name}-${id}`,
    creationInfo: { created: '1970-01-01T00:00:00Z', creators: [`Tool: shearline-image-${version}`] },
    ...described,
  };
}

const operator = () => spdxPackage({ name: 'shearline', version, license: 'Apache-2.0', url: 'pkg:generic/shearline' });

/** npm's package has nothing of Node but its release. */
const node = ({ node }: Contents) =>
  spdxPackage({
    name: 'node',
    version: node.version,
    license: 'MIT',
    url: 'pkg:generic/node',
    checksum: {
      algorithm: 'SHA512',
      checksumValue: Buffer.from(node.integrity.slice('sha512-'.length), 'base64').toString('hex'),
    },
  });

const debs = ({ debs, architecture }: Contents) =>
  debs.map(({ name, version, sha256 }) =>
    spdxPackage({
      name,
      version,
      license: 'NOASSERTION',
      url: `pkg:deb/debian/${name}`,
      qualifiers: `?arch=${architecture}&distro=debian-12`,
      checksum: { algorithm: 'SHA256', checksumValue: sha256 },
    }),
  );

const npm = ({ packages }: Contents) =>
  packages.map(({ name, version, license }) =>
    spdxPackage({ name, version, license, url: `pkg:npm/${name.replace('@', '%40')}` }),
  );

interface Described {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Without version and qualifiers. */
  readonly url: string;
  readonly qualifiers?: string;
  readonly checksum?: { readonly algorithm: string; readonly checksumValue: string };
}

function spdxPackage({ name, version, license, url, qualifiers = '', checksum }: Described) {
  const id = createHash('sha256').update(`${url}@${version}`).digest('hex').slice(0, 16);
  return {
    name,
    SPDXID: `SPDXRef-${id}`,
    versionInfo: version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: license,
    copyrightText: 'NOASSERTION',
    ...(checksum === undefined ? {} : { checksums: [checksum] }),
    externalRefs: [
      {
        referenceCategory: 'PACKAGE-MANAGER',
        referenceType: 'purl',
        referenceLocator: `${url}@${encodeURIComponent(version)}${qualifiers}`,
      },
    ],
  };
}

const relationship = (from: string, relationshipType: string, to: { readonly SPDXID: string }) => ({
  spdxElementId: from,
  relationshipType,
  relatedSpdxElement: to.SPDXID,
});
