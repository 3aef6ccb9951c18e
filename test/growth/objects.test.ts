import { describe, expect, test } from '@jest/globals';
import { mergeStateOf } from '../../src/api/annotations.ts';
import { parseSecretReference } from '../../src/api/secret-reference/secret-reference.ts';
import { parseClusterSecretSource, parseSecretSource } from '../../src/api/secret-source/secret-source.ts';
import type { DesiredSecret } from '../../src/controllers/secret-reference/nouns/desired.ts';
import { mergeStateIn } from '../../src/controllers/secret-reference/nouns/target-marks.ts';
import { valuesOf } from '../../src/controllers/secret-reference/values.ts';
import { compare } from '../../src/controllers/secret-reference/write/compare.ts';
import { takeOut } from '../../src/controllers/secret-reference/write/merge.ts';
import { systemClock } from '../../src/core/clock.ts';
import { objectKey } from '../../src/core/object-key.ts';
import { parseMetadataObject } from '../../src/core/object-meta.ts';
import { failed, ok } from '../../src/core/result.ts';
import { SecretValue } from '../../src/core/secret-value.ts';
import { parseLease } from '../../src/kube/lease.ts';
import type { Secrets } from '../../src/kube/secrets.ts';
import { lines } from '../../src/kube/watch-stream.ts';
import { reference } from '../controllers/builders.ts';
import { fieldsOf as rawFields } from '../controllers/fields.ts';
import { clusterSource, parsedMetadata, source, target } from '../controllers/objects.ts';
import { unwrap } from '../controllers/outcomes.ts';
import { World } from '../controllers/world.ts';
import { never } from '../providers/wire.ts';
import { fill, superlinear, type Text } from './growth.ts';

/**
 * What people, and whoever else may write objects of Kubernetes, can make large: specs, status, metadata, Secrets. The
 * API server bounds most of it (1.5 MB an object, 256 KiB of annotations); its own schemas are not counted on here.
 */
interface Reader {
  readonly name: string;
  /** The text is JSON for what `texts` says: the parse of it is a part of what is measured. */
  readonly run: (text: string) => unknown;
  readonly texts: readonly (readonly [name: string, text: Text])[];
}

/** As many as make about that many characters, as a list or as fields of different names. */
const listOf =
  (item: unknown): Text =>
  size =>
    JSON.stringify(Array.from({ length: Math.ceil(size / (JSON.stringify(item).length + 1)) }, () => item));
const numbered =
  (make: (index: number) => unknown, each: number): Text =>
  size =>
    JSON.stringify(Array.from({ length: Math.ceil(size / each) }, (_, index) => make(index)));
const fieldsOf =
  (value: unknown): Text =>
  size =>
    JSON.stringify(Object.fromEntries(namesFor(size, 12).map(name => [name, value])));
const namesFor = (size: number, each: number): readonly string[] =>
  Array.from({ length: Math.ceil(size / each) }, (_, index) => `a${index}`);
const longText =
  (piece: string): Text =>
  size =>
    JSON.stringify(fill(piece, size));

const anything: Reader['texts'] = [
  ['many fields', fieldsOf('b')],
  ['many lists', listOf([])],
  ['many empty objects', listOf({})],
  ['a long text', longText('a')],
  ['a text of dots and dashes', longText('a.-')],
];
const keys = numbered(index => ({ secretKey: `k${index}`, remoteRef: { key: `a/${index}` } }), 45);
const sameKeys = listOf({ secretKey: 'k', remoteRef: { key: 'a' } });
const patterns = numbered(index => `**/{namespace}/*-${index}`, 24);

const spec = (field: string) => (text: string) =>
  parseSecretReference(reference().spec({ [field]: JSON.parse(text) }).raw);
const sources = (field: string) => (text: string) => {
  parseSecretSource(source('a', { [field]: JSON.parse(text) }));
  parseClusterSecretSource(clusterSource('a', { [field]: JSON.parse(text) }));
};
const ofTarget = rawFields(target(reference()).metadata);
const metadata = (field: string) => (text: string) => {
  const raw = { metadata: { ...ofTarget, [field]: JSON.parse(text) } };
  parseMetadataObject(raw);
  parseLease(raw);
};

const readers: readonly Reader[] = [
  { name: 'spec.data', run: spec('data'), texts: [...anything, ['keys', keys], ['one key again and again', sameKeys]] },
  {
    name: 'spec.dataFrom',
    run: spec('dataFrom'),
    texts: [...anything, ['extracts', listOf({ extract: { key: 'a' } })]],
  },
  { name: 'spec.target', run: spec('target'), texts: anything },
  { name: 'spec.refreshInterval', run: spec('refreshInterval'), texts: [...anything, ['units', longText('1h')]] },
  { name: 'spec.provider', run: sources('provider'), texts: anything },
  { name: 'spec.allowedKeys', run: sources('allowedKeys'), texts: [...anything, ['patterns', patterns]] },
  { name: 'spec.namespaces', run: sources('namespaces'), texts: anything },
  ...['labels', 'annotations', 'ownerReferences', 'finalizers', 'creationTimestamp'].map(field => ({
    name: `metadata.${field}`,
    run: metadata(field),
    texts: anything,
  })),
];

describe.each(readers)('$name takes time in proportion to its size:', ({ run, texts }) => {
  test.each(texts)('%s', async (_, text) => expect(await superlinear(run, text)).toBeUndefined());
});

const ofReference = reference().parsed.metadata;
const desired: DesiredSecret = {
  name: 'db',
  namespace: 'etl',
  type: 'Opaque',
  data: new Map(),
  labels: {},
  annotations: {},
  ownerReference: undefined,
};

/** A target on which somebody wrote as many annotations and as many names of managed ones. */
function compareMarked(text: string): void {
  const names = namesFor(text.length, 12);
  const annotations = {
    ...Object.fromEntries(names.map(name => [name, ''])),
    'shearline.dev/managed-metadata': JSON.stringify({ labels: names, annotations: names.map(name => `b${name}`) }),
    'shearline.dev/owner': 'SecretReference/db/uid-db',
  };
  const { metadata } = parsedMetadata(target(reference(), { annotations }));
  unwrap(
    compare(
      { current: new Map([[metadata.name, { metadata, fingerprint: '' }]]), owned: [] },
      { kind: 'secrets', secrets: [desired] },
      { reference: ofReference, revision: 1, token: undefined, last: undefined },
    ),
  );
}

/** A host with as many keys, and a state that names as many others. */
async function takeOutOfHost(text: string): Promise<void> {
  const names = namesFor(text.length, 12);
  const annotations = { [mergeStateOf(ofReference.uid)]: JSON.stringify({ revision: 1, keys: names }) };
  const { metadata } = parsedMetadata(target(reference(), { annotations }));
  expect(mergeStateIn(metadata, ofReference.uid)?.keys).toHaveLength(names.length);
  const data = new Map(names.toReversed().map(name => [name, SecretValue.fromText('')]));
  const gone = failed({ kind: 'not-found', message: 'gone' } as const);
  const secrets: Secrets = {
    get: async () => ok({ metadata, type: 'Opaque', immutable: false, data }),
    metadata: async () => gone,
    create: async () => gone,
    replace: async () => gone,
    apply: async () => ok(metadata),
    delete: async () => gone,
  };
  await takeOut([objectKey('etl', 'host')], ofReference, secrets, never);
}

async function decode(text: string): Promise<void> {
  const data = [{ secretKey: 'a', remoteRef: { key: 'etl/db' }, decoding: 'Base64' }];
  const world = new World(reference().spec({ data }));
  const { reads } = unwrap(world.observe().wanted);
  const found = ok({ value: SecretValue.fromText(text), version: '1' });
  await valuesOf(
    reads.map(read => ({ read, found, movedOn: false })),
    systemClock,
    world.turn(),
  );
}

/** As a connection brings them. */
async function splitLines(text: string): Promise<void> {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let from = 0; from < bytes.length; from += 1024) yield bytes.subarray(from, from + 1024);
  }
  for await (const some of lines(chunks(), 2 * bytes.length)) some?.map(String);
}

describe('takes time in proportion to its size:', () => {
  const any: Text = size => ' '.repeat(size);
  test.each<[string, Reader['run'], Text]>([
    ['a target whose marks somebody wrote', compareMarked, any],
    ['a host whose state somebody wrote', takeOutOfHost, any],
    ['base64 in lines', decode, size => fill('QUJD\n', size)],
    ['base64 that is none', decode, size => `${fill('A\n', size)}!`],
    ['a watch event in one line', splitLines, size => fill('a', size)],
    ['a watch of short lines', splitLines, size => fill('aaaaaaa\n', size)],
  ])('%s', async (_, run, text) => expect(await superlinear(run, text)).toBeUndefined());
});
