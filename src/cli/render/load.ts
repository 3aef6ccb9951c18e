import type { Command } from 'commander';
import { clusterSecretReferenceKind } from '../../api/cluster-secret-reference/cluster-secret-reference.ts';
import { secretReferenceKind } from '../../api/secret-reference/secret-reference.ts';
import type { ObjectKey } from '../../core/object-key.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { fieldOf, textOf } from '../../core/untyped.ts';
import { type HttpProxy, parseProxy } from '../../net/proxy.ts';
import type { Io } from '../io.ts';
import { ownKind, pathText, unknownFields } from '../own-kinds.ts';
import { accessOf } from './access.ts';
import { cachesOf } from './caches.ts';
import { asDeveloper, developerOf } from './developer.ts';
import { type Manifest, readManifests } from './manifests.ts';
import { keysIn, type Rendered, type RenderOptions, renderAll } from './rendered.ts';
import { templatesOf } from './templates.ts';

/** What the command line says of it: the same for `render` and `run`. */
export interface FileOptions {
  readonly file: readonly string[];
  readonly namespace: string;
  readonly reference?: string;
}

export const addFileOptions = (command: Command): Command =>
  command
    .requiredOption('-f, --file <files...>', 'YAML or JSON files, folders of them, or - for standard input')
    .option('-n, --namespace <name>', 'of objects that name none', 'default')
    .option('--reference <name>', 'only the SecretReference of this name');

/** Reads the files and renders what is wanted of them. The fault is a line about the command line or a file. */
export async function renderFiles(
  { file: files, namespace, reference }: FileOptions,
  io: Io,
): Promise<Result<ReadonlyMap<ObjectKey, Rendered>, string>> {
  const read = await readManifests(files, io);
  if (!read.ok) return read;
  const flaw = read.value.map(flawOf).find(each => each !== undefined);
  if (flaw !== undefined) return failed(flaw);
  const options = await optionsFor(
    read.value.map(each => inNamespace(madeOf(each, namespace), namespace)),
    io,
  );
  if (!options.ok) return options;
  const keys = keysIn(options.value.caches, reference);
  if (keys.length > 0) return ok(await renderAll(keys, options.value));
  return failed(
    reference === undefined
      ? 'the files have no SecretReference: name one by -f'
      : `the files have no SecretReference ${reference}`,
  );
}

/** What the API server would not take, or would drop without a word. */
function flawOf({ object, place, kind, name }: Manifest): string | undefined {
  const own = ownKind(object);
  if (own === undefined) return undefined;
  if (name === '') return `${place}: this ${kind} has no metadata.name`;
  const [field] = unknownFields(own, object);
  return field && `${place}: ${kind} ${name} has no field ${pathText(field)}: look at its spelling and place`;
}

/** Of a ClusterSecretReference the reference that it makes in this namespace, whether it chooses it or not. */
function madeOf(manifest: Manifest, namespace: string): Manifest {
  if (manifest.kind !== clusterSecretReferenceKind.kind) return manifest;
  const { apiVersion, kind } = secretReferenceKind;
  const { spec } = manifest.object;
  const name = textOf(fieldOf(spec, 'name')) ?? manifest.name;
  const [labels, annotations] = ['labels', 'annotations'].map(each => fieldOf(fieldOf(spec, 'metadata'), each));
  const metadata = { name, namespace, labels, annotations };
  return {
    ...manifest,
    kind,
    name,
    namespace,
    object: { apiVersion, kind, metadata, spec: fieldOf(spec, 'reference') },
  };
}

function inNamespace(manifest: Manifest, namespace: string): Manifest {
  if (manifest.namespace !== '' || clusterScoped.includes(manifest.kind)) return manifest;
  return { ...manifest, namespace };
}

const clusterScoped = ['Namespace', 'ClusterSecretSource'];

async function optionsFor(manifests: readonly Manifest[], io: Io): Promise<Result<RenderOptions, string>> {
  const { env, cwd, sandboxWorker } = io;
  const proxy = proxyOf(io);
  if (!proxy.ok) return proxy;
  const developer = await developerOf(io);
  const entered = developer ? manifests.map(each => asDeveloper(each, developer)) : manifests;
  return ok({
    caches: cachesOf(entered),
    readTemplates: templatesOf(entered),
    access: accessOf(entered, { directory: cwd, environment: env }, developer),
    proxy: proxy.value,
    sandboxWorker,
  });
}

/** Between this machine and the stores. */
export function proxyOf({ env }: Pick<Io, 'env'>): Result<HttpProxy | undefined, string> {
  const proxy = parseProxy(env.HTTPS_PROXY ?? env.https_proxy ?? '', env.NO_PROXY ?? env.no_proxy ?? '');
  return proxy.ok ? proxy : failed(`HTTPS_PROXY must be ${proxy.fault}`);
}
