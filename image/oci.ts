import { createHash } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import type { Architecture } from './architectures.ts';
import type { Layer } from './layer.ts';

/** One image of the index. */
export interface Image {
  readonly architecture: Architecture;
  /** The lowest first. */
  readonly layers: readonly Layer[];
  /** How it runs, in the words of the OCI specification. */
  readonly config: object;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Of the beginning of Unix time: a day of its own would give every build a digest of its own. */
const created = '1970-01-01T00:00:00Z';
const mediaType = (what: 'layer.v1.tar+gzip' | 'config.v1+json' | 'manifest.v1+json' | 'index.v1+json') =>
  `application/vnd.oci.image.${what}`;

/** Writes an OCI layout: one index over the images, under that tag. Answers the digest of the index. */
export async function writeLayout(into: string, tag: string, images: readonly Image[]): Promise<string> {
  await mkdir(`${into}/blobs/sha256`, { recursive: true });
  const manifests = await Promise.all(images.map(image => writeImage(into, image)));
  const index = await writeDocument(into, 'index.v1+json', {
    schemaVersion: 2,
    mediaType: mediaType('index.v1+json'),
    manifests,
  });
  const tagged = { ...index, annotations: { 'org.opencontainers.image.ref.name': tag } };
  await writeFile(`${into}/index.json`, JSON.stringify({ schemaVersion: 2, manifests: [tagged] }));
  await writeFile(`${into}/oci-layout`, JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return index.digest;
}

async function writeImage(into: string, { architecture, layers, config: how }: Image) {
  for (const { file, digest } of layers) await copyFile(file, blob(into, digest));
  const config = await writeDocument(into, 'config.v1+json', {
    created,
    architecture,
    os: 'linux',
    config: how,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created, created_by: 'image/oci.ts' })),
  });
  const manifest = await writeDocument(into, 'manifest.v1+json', {
    schemaVersion: 2,
    mediaType: mediaType('manifest.v1+json'),
    config,
    layers: layers.map(({ digest, size }): Descriptor => ({ mediaType: mediaType('layer.v1.tar+gzip'), digest, size })),
  });
  return { ...manifest, platform: { architecture, os: 'linux' } };
}

async function writeDocument(
  into: string,
  what: Parameters<typeof mediaType>[0],
  document: object,
): Promise<Descriptor> {
  const text = JSON.stringify(document);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  await writeFile(blob(into, digest), text);
  return { mediaType: mediaType(what), digest, size: Buffer.byteLength(text) };
}

const blob = (into: string, digest: string): string => `${into}/blobs/${digest.replace(':', '/')}`;
