import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { searchForCanary, secretValue } from '../canary.ts';
import { json } from '../servers/answers.ts';
import { until } from '../servers/process.ts';
import { type StandIn, startStandIn } from '../servers/stand-in.ts';
import { useWorld } from './world.ts';

const world = useWorld();
let collector: StandIn;
beforeAll(async () => {
  collector = await startStandIn(() => json({}));
  await restarted();
});
afterAll(() => collector.stop());

/** The bundle, under the flags of the image, told where to send traces. */
async function restarted(env: Readonly<Record<string, string>> = {}): Promise<void> {
  await world().operator.stop();
  await world().operator.start([], {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.address,
    OTEL_SERVICE_NAME: 'secrets-of-etl',
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${encodeURIComponent(secretValue('collector-token'))}`,
    ...env,
  });
}

const Attribute = z.object({
  key: z.string(),
  value: z.object({ stringValue: z.string().optional(), intValue: z.union([z.number(), z.string()]).optional() }),
});
const attributes = z
  .array(Attribute)
  .default([])
  .transform(all => Object.fromEntries(all.map(({ key, value }) => [key, value.stringValue ?? `${value.intValue}`])));
const Span = z.object({
  name: z.string(),
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes,
  status: z.object({ code: z.number().default(0), message: z.string().optional() }).default({ code: 0 }),
});
type Span = z.infer<typeof Span>;
const Export = z.object({
  resourceSpans: z.array(
    z.object({ resource: z.object({ attributes }), scopeSpans: z.array(z.object({ spans: z.array(Span) })) }),
  ),
});
const exported = () => collector.requests.flatMap(({ body }) => Export.parse(JSON.parse(body)).resourceSpans);
const spans = (): readonly Span[] => exported().flatMap(({ scopeSpans }) => scopeSpans.flatMap(each => each.spans));
const childrenOf = (span: Span) => spans().filter(({ parentSpanId }) => parentSpanId === span.spanId);

/** The newest reconcile of a namespace that did something for this reason. */
async function reconcileOf(namespace: string, because: string): Promise<Span> {
  const find = () =>
    spans().findLast(
      ({ name, attributes: { 'shearline.namespace': where, 'shearline.because': why } }) =>
        name === 'reconcile secretreference' && where === namespace && why === because,
    );
  await until(`a span of a reconcile in ${namespace}, ${because}`, async () => find() !== undefined);
  const found = find();
  if (found === undefined) throw new Error('the span is gone');
  return found;
}

describe('traces', () => {
  test('a first sync is one trace: login, read, and the writes of Secret and status', async () => {
    await world().teamInStep('traced');
    const first = await reconcileOf('traced', 'NeverSynced');
    expect(first.parentSpanId ?? '').toBe('');
    expect(first.attributes).toMatchObject({
      'shearline.name': 'db',
      'shearline.result': 'created',
      'shearline.reason': 'Synced',
      'shearline.status': 'written',
    });
    const children = childrenOf(first);
    expect(children.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['login vault', 'read vault', 'POST secrets', 'PATCH secretreferences/status']),
    );
    for (const child of children) {
      expect(child.traceId).toBe(first.traceId);
      expect(BigInt(child.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(child.startTimeUnixNano));
    }
    const read = children.find(({ name }) => name === 'read vault');
    expect(read?.attributes).toEqual({
      'shearline.provider': 'vault',
      'shearline.source': 'ClusterSecretSource vault',
      'shearline.outcome': 'ok',
    });
  });

  test('a rotation that fails is an error, by its reason', async () => {
    const team = await world().teamInStep('fails');
    await team.put('db', {});
    await team.rotate('db', 't1');
    const rotation = await reconcileOf('fails', 'RotationRequested');
    expect(rotation.status).toEqual({ code: 2, message: 'ValueNotUsable' });
    expect(rotation.attributes).toMatchObject({ 'shearline.priority': 'high', 'shearline.result': 'failed' });
  });

  test('go out under the name of the service, at the path of OTLP, as JSON', async () => {
    await world().teamInStep('named');
    await reconcileOf('named', 'NeverSynced');
    const [first] = collector.requests;
    expect(first).toMatchObject({ method: 'POST', path: '/v1/traces' });
    expect(first?.headers['content-type']).toContain('application/json');
    expect(first?.headers.authorization).toContain('collector-token');
    const services = exported().map(({ resource }) => resource.attributes['service.name']);
    expect(new Set(services)).toEqual(new Set(['secrets-of-etl']));
  });

  test('hold no value, no token and no remote key', async () => {
    const team = await world().teamWithValue('silent');
    await team.refer('db', {
      data: [{ secretKey: 'password', remoteRef: { key: 'silent/db', property: 'password' } }],
    });
    await team.synced('db');
    await reconcileOf('silent', 'NeverSynced');
    const bodies = collector.requests.map(({ body }) => body).join('\n');
    expect(searchForCanary({ traces: bodies })).toEqual([]);
    expect(bodies).not.toContain('silent/db');
    expect(bodies).not.toContain('password');
  });
});

describe('a collector that is in trouble', () => {
  const logged = async (words: string) => (await readFile(world().operator.log, 'utf8')).split(words).length - 1;

  test('holds nothing up, and is one line in the log, until it is well again', async () => {
    const before = collector.requests.length;
    collector.answerWith(() => json({ error: secretValue('collector') }, 400));
    const team = await world().teamInStep('refused');
    let rotations = 0;
    const rotate = () => team.rotate('db', `t${rotations++}`);
    await until('three exports to be refused', async () => {
      await rotate();
      return collector.requests.length > before + 2;
    });
    expect(await logged('traces are not delivered')).toBe(1);
    collector.answerWith(() => json({}));
    // All spans so far may have gone with the last export that was refused.
    await until('it to be well again', async () => {
      await rotate();
      return (await logged('traces are delivered again')) === 1;
    });
  });

  test('and hangs keeps the operator from ending no longer than a second', async () => {
    collector.answerWith(() => ({ kind: 'hang' }));
    await world().teamInStep('hangs');
    const took = await world().operator.stop();
    expect(took).toBeLessThan(9000); // after 10 s it would be ended by force, with a code of failure
    expect(await logged('"msg":"stopped"')).toBeGreaterThan(0);
    collector.answerWith(() => json({}));
    await restarted();
  });
});
