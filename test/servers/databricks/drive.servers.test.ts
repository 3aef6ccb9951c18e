import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ConformanceCluster, startConformanceCluster } from '../../conformance/cluster.ts';
import { audience, principalOf, startFor } from '../../providers/databricks/harness.ts';
import { installParts } from '../install.ts';
import { parts } from '../parts.ts';
import { sharedControlPlane } from '../shared.ts';
import type { Databricks } from './server.ts';

let cluster: ConformanceCluster;
let databricks: Databricks;
beforeAll(async () => {
  cluster = await startConformanceCluster(await sharedControlPlane());
  databricks = await startFor(cluster);
}, 180_000);
afterAll(async () => {
  await databricks?.stop();
  await cluster?.close();
});

test('Databricks’ Python SDK finds all that it knows of secrets and logins', async () => {
  const { databricksPython } = await installParts([parts.databricks]);
  const { workspace, address } = databricks;
  const clientId = await principalOf(databricks, cluster, 'team-a');
  const policies = workspace.principals.get(clientId)?.policies ?? [];
  workspace.principals.set(clientId, { clientId, policies, secrets: ['a-secret'] });
  const account = { serviceAccount: 'app', namespace: cluster.namespace('team-a') };
  const tokenFile = `${cluster.controlPlane.directory}/databricks-token`;
  await writeFile(tokenFile, await cluster.token(account, { audiences: [audience] }), { mode: 0o600 });
  const env = {
    PYTHONUTF8: '1',
    REQUESTS_CA_BUNDLE: cluster.controlPlane.authority.certificateFile,
    CLIENT_ID: clientId,
    CLIENT_SECRET: 'a-secret',
    TOKEN_FILE: tokenFile,
    PAT: workspace.issue({ principal: 'admin@example.com' }),
  };
  const { stdout } = await promisify(execFile)(databricksPython, [`${import.meta.dirname}/drive.py`, address], { env });
  const seen = {
    text: 'grüße',
    bytes: Buffer.from([0, 255, 1]).toString('base64'),
    keys: ['Text', 'bytes'],
    write: 'PermissionDenied',
  };
  expect(JSON.parse(stdout)).toEqual({
    scopes: ['Drive'],
    missing: 'ResourceDoesNotExist',
    'no scope': 'ResourceDoesNotExist',
    federated: seen,
    secret: seen,
    'dead token': 'PermissionDenied',
    deleted: 'ResourceDoesNotExist',
  });
  expect(databricks.seen).toContainEqual({ kind: 'login', namespace: account.namespace, audience });
}, 120_000);
