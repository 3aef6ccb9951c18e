import { readFile, writeFile } from 'node:fs/promises';
import { parse, parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { root } from './terminal.ts';

const folder = 'deploy/samples/quickstart';

/** The files of the quickstart, and what they call things: nothing here has a name that is not read from them. */
export const samples = { namespace: `${folder}/namespace.yaml`, reference: `${folder}/reference.yaml` } as const;
const sourceFile = `${folder}/source.yaml`;

const Reference = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  spec: z.object({ dataFrom: z.tuple([z.object({ extract: z.object({ key: z.string() }) })]) }),
});
const Auth = z.object({
  kubernetes: z.object({
    role: z.string(),
    serviceAccountRef: z.object({ name: z.string(), audiences: z.tuple([z.string()]) }),
  }),
});
const Source = z.object({
  spec: z.object({ provider: z.object({ vault: z.object({ address: z.string(), auth: Auth }) }) }),
});

export interface Names {
  readonly namespace: string;
  readonly reference: string;
  /** Of the remote secret, below the mount. */
  readonly key: string;
  readonly role: string;
  readonly serviceAccount: string;
  readonly audience: string;
}

export async function readNames(): Promise<Names> {
  const { metadata, spec } = Reference.parse(parse(await textOf(samples.reference)));
  const { role, serviceAccountRef } = Source.parse(parse(await textOf(sourceFile))).spec.provider.vault.auth.kubernetes;
  const [audience] = serviceAccountRef.audiences;
  const key = spec.dataFrom[0].extract.key;
  return {
    namespace: metadata.namespace,
    reference: metadata.name,
    key,
    role,
    serviceAccount: serviceAccountRef.name,
    audience,
  };
}

/** The source as it is, but for the port on which OpenBao really listens. */
export async function writeSource(address: string, path: string): Promise<void> {
  const text = await textOf(sourceFile);
  const { address: sample } = Source.parse(parse(text)).spec.provider.vault;
  await writeFile(path, text.replace(sample, address));
}

/** deploy/install.yaml without what is applied from crds/, and without the Deployment: there is no kubelet to run it. */
export async function writeRights(path: string): Promise<void> {
  const elsewhere: readonly unknown[] = ['CustomResourceDefinition', 'Deployment'];
  const documents = parseAllDocuments(await textOf('deploy/install.yaml'));
  const wanted = documents.filter(document => !elsewhere.includes(document.get('kind')));
  await writeFile(path, wanted.map(String).join('---\n'));
}

function textOf(file: string): Promise<string> {
  return readFile(`${root}/${file}`, 'utf8');
}
