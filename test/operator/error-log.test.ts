import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { failed } from '../../src/core/result.ts';
import type { KubeClient } from '../../src/kube/api.ts';
import { withForbiddenReports } from '../../src/kube/client.ts';
import { createErrorLog } from '../../src/operator/error-log.ts';
import { FakeClock } from '../kube/builders.ts';

function reporting() {
  const lines: Record<string, unknown>[] = [];
  const troubles: string[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const clock = new FakeClock();
  const metrics = {
    watchError: (resource: string, trouble: string) => void troubles.push(`${resource} ${trouble}`),
    loopHeld: (controller: string) => void troubles.push(`${controller} held the loop`),
  };
  const { watch: report, forbidden, held } = createErrorLog(log, metrics, clock);
  return { lines, troubles, clock, report, forbidden, held };
}

const references = {
  resource: 'secretreferences',
  of: { group: 'shearline.dev', version: 'v1alpha1', plural: 'secretreferences' },
};
const targets = { resource: 'targets', of: { group: '', version: 'v1', plural: 'secrets' }, namespace: 'etl' };

test('a rule that RBAC lacks is named, once as long as it lasts, and counted each time', () => {
  const { lines, troubles, clock, report } = reporting();
  for (let times = 0; times < 9; times++) {
    report(references, 'list-forbidden');
    clock.pass(11_000);
  }
  report(targets, 'watch-forbidden');
  expect(lines.map(({ level, ...line }) => line)).toEqual([
    {
      resource: 'secretreferences',
      rule: '{apiGroups: ["shearline.dev"], resources: ["secretreferences"], verbs: ["get", "list", "watch"]}',
      msg: expect.stringContaining('RBAC lacks a rule'),
    },
    {
      resource: 'targets',
      namespace: 'etl',
      rule: '{apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"]}',
      msg: expect.stringContaining('RBAC lacks a rule'),
    },
  ]);
  expect(troubles).toHaveLength(10);
});

test('it is named again when it was well in between', () => {
  const { lines, clock, report } = reporting();
  report(references, 'list-forbidden');
  clock.pass(61_000);
  report(references, 'list-forbidden');
  expect(lines).toHaveLength(2);
});

test('a kind that is not served is no matter of RBAC', () => {
  const { lines, report } = reporting();
  report(references, 'list-not-served');
  report(references, 'watch-not-served');
  expect(lines).toEqual([
    expect.objectContaining({ msg: expect.stringContaining('apply the CustomResourceDefinitions') }),
  ]);
  expect(lines[0]).not.toHaveProperty('rule');
});

test('other interruptions are told as they come', () => {
  const { lines, report } = reporting();
  report(references, 'watch-failed');
  report(references, 'watch-failed');
  expect(lines.map(({ trouble }) => trouble)).toEqual(['watch-failed', 'watch-failed']);
});

test('a call that RBAC forbids is named by its rule, once, whoever made it', async () => {
  const { lines, forbidden } = reporting();
  const refusing = async () => failed({ kind: 'refused', cause: 'forbidden' } as const);
  const all: KubeClient = {
    ...{ get: refusing, list: refusing, create: refusing, createSub: refusing },
    ...{ replace: refusing, patch: refusing, delete: refusing },
  };
  const client = withForbiddenReports(all, forbidden);
  const options = { signal: new AbortController().signal };
  const { of: kind } = references;
  const patch = { type: 'application/merge-patch+json', body: {}, subresource: 'status' } as const;
  for (let times = 0; times < 3; times++) await client.patch(kind, 'etl/db', patch, options);
  await client.replace(targets.of, 'etl/db', {}, options);
  await client.createSub({ ...targets.of, plural: 'serviceaccounts' }, 'etl/app', 'token', {}, options);
  await client.list({ ...targets.of, plural: 'pods' }, 'etl', { limit: 1 }, options);
  expect(lines.map(({ resource, namespace, rule }) => ({ resource, namespace, rule }))).toEqual([
    {
      resource: 'secretreferences/status',
      namespace: 'etl',
      rule: '{apiGroups: ["shearline.dev"], resources: ["secretreferences/status"], verbs: ["patch"]}',
    },
    { resource: 'secrets', namespace: 'etl', rule: '{apiGroups: [""], resources: ["secrets"], verbs: ["update"]}' },
    {
      resource: 'serviceaccounts/token',
      namespace: 'etl',
      rule: '{apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"]}',
    },
    { resource: 'pods', namespace: 'etl', rule: '{apiGroups: [""], resources: ["pods"], verbs: ["list"]}' },
  ]);
});

test('a refusal for another reason is no matter of RBAC', async () => {
  const { lines, forbidden } = reporting();
  const quota = async () => failed({ kind: 'refused', cause: 'quota' } as const);
  const client = {
    ...{ get: quota, list: quota, create: quota, createSub: quota },
    ...{ replace: quota, patch: quota, delete: quota },
  };
  await withForbiddenReports(client, forbidden).create(targets.of, 'etl', {}, { signal: new AbortController().signal });
  expect(lines).toEqual([]);
});

test('a reconcile that held the event loop is named with its object', () => {
  const { lines, troubles, held } = reporting();
  held({ controller: 'secretreference', key: 'etl/db', heldMs: 1400 });
  expect(lines).toEqual([
    { level: 50, controller: 'secretreference', key: 'etl/db', heldMs: 1400, msg: expect.stringMatching(/^a bug: /) },
  ]);
  expect(troubles).toEqual(['secretreference held the loop']);
});
