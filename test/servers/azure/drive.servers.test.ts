import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ConformanceCluster, startConformanceCluster } from '../../conformance/cluster.ts';
import { audience, clientIds, startFor } from '../../providers/azure-kv/harness.ts';
import { installParts } from '../install.ts';
import { parts } from '../parts.ts';
import { sharedControlPlane } from '../shared.ts';
import { type Azure, tenantId } from './azure.ts';

let cluster: ConformanceCluster;
let azure: Azure;
beforeAll(async () => {
  cluster = await startConformanceCluster(await sharedControlPlane());
  azure = await startFor(cluster);
}, 180_000);
afterAll(async () => {
  await azure?.stop();
  await cluster?.close();
});

test('Microsoft’s Python SDK finds all that it knows of Entra and Key Vault', async () => {
  const { azurePython } = await installParts([parts.azure]);
  const account = { serviceAccount: 'app', namespace: cluster.namespace('team-a') };
  const token = await cluster.token(account, { audiences: [audience] });
  const stranger = '99999999-0000-4000-8000-000000000001';
  const subject = `system:serviceaccount:${cluster.namespace('team-a')}:app`;
  azure.directory.register({
    tenantId,
    clientId: stranger,
    federated: [{ issuer: cluster.issuer, subject, audience }],
  });
  azure.access.assign(clientIds['team-a'], 'Key Vault Secrets Officer');
  const authority = new URL(azure.authorityHost).host;
  const places = [azure.url, authority, azure.caFile, tenantId, clientIds['team-a'], stranger, token, 'driven'];
  const script = `${import.meta.dirname}/drive.py`;
  const { stdout } = await promisify(execFile)(azurePython, [script, ...places], { env: { PYTHONUTF8: '1' } });
  expect(stdout).toBe('driven\n');
  expect(azure.seen()[0]).toEqual({ kind: 'login', namespace: cluster.namespace('team-a'), audience });
});
