import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ConformanceCluster, startConformanceCluster } from '../../conformance/cluster.ts';
import type { Team } from '../../conformance/harness.ts';
import { emails, gkeCluster, gkePrincipalOf, principalOf, provider, startFor } from '../../providers/gcp-sm/harness.ts';
import { installParts } from '../install.ts';
import { parts } from '../parts.ts';
import { sharedControlPlane } from '../shared.ts';
import { type Google, project } from './google.ts';

let cluster: ConformanceCluster;
let google: Google;
beforeAll(async () => {
  cluster = await startConformanceCluster(await sharedControlPlane());
  google = await startFor(cluster);
}, 180_000);
afterAll(async () => {
  await google?.stop();
  await cluster?.close();
});

test('Google’s Python SDK finds all that it knows of the token service, IAM, metadata and Secret Manager', async () => {
  const { googlePython } = await installParts([parts.google]);
  const email = emails['team-a'];
  const reader = 'roles/secretmanager.secretAccessor';
  google.policy.bind({ principal: principalOf(cluster, 'team-a'), role: 'roles/secretmanager.admin' });
  google.policy.bind({ principal: gkePrincipalOf(cluster, 'team-a'), role: reader });
  google.policy.bind({ principal: `serviceAccount:${email}`, role: reader });
  google.policy.letActAs(principalOf(cluster, 'team-b'), email);
  google.attached = email;
  const audience = `//iam.googleapis.com/${provider}`;
  const tokenFor = (team: Team, audience: string) =>
    cluster.token({ serviceAccount: 'app', namespace: cluster.namespace(team) }, { audiences: [audience] });
  const config = {
    address: google.address,
    metadata: google.metadataAddress.replace('http://', ''),
    ca: google.caFile,
    project: project.id,
    provider: audience,
    token: await tokenFor('team-a', audience),
    strangersToken: await tokenFor('team-b', audience),
    gkePool: `identitynamespace:${project.id}.svc.id.goog:https://container.googleapis.com/v1/${gkeCluster}`,
    gkeToken: await tokenFor('team-a', `${project.id}.svc.id.goog`),
    email,
    key: JSON.parse(google.accounts.newKey(email)),
  };
  const env = { PYTHONUTF8: '1', CONFIG: JSON.stringify(config) };
  const { stdout } = await promisify(execFile)(googlePython, [`${import.meta.dirname}/drive.py`], { env });
  expect(stdout).toBe('driven\n');
  expect(google.seen()[0]).toEqual({ kind: 'login', namespace: cluster.namespace('team-a'), audience });
}, 120_000);
