import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { KubeClient } from '../../src/kube/api.ts';
import { createKubeClient } from '../../src/kube/client.ts';
import { startHttpProxy } from '../net/http-proxy.ts';
import { sharedControlPlane } from '../servers/shared.ts';
import { connect, core, must, never } from './connected.ts';

test("a kubeconfig's proxy-url is the way to the API server, pooled or not", async () => {
  const { adminKubeconfig } = await sharedControlPlane();
  const proxy = await startHttpProxy();
  const directory = await mkdtemp(`${tmpdir()}/shearline-proxy-`);
  try {
    const config = parse(await readFile(adminKubeconfig, 'utf8'));
    for (const { cluster } of config.clusters) cluster['proxy-url'] = proxy.url;
    await writeFile(`${directory}/kubeconfig`, JSON.stringify(config));
    await using connected = await connect(`${directory}/kubeconfig`);
    const ask = (client: KubeClient) => must(client.get(core('namespaces'), '/default', { signal: never }));
    const expected = { metadata: { name: 'default' } };
    expect(await ask(connected.client)).toMatchObject(expected);
    expect(await ask(createKubeClient(connected.transport.dedicated().call))).toMatchObject(expected);
    const apiServer = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
    expect(proxy.asked).toEqual([apiServer, apiServer]);
  } finally {
    await proxy.close();
    await rm(directory, { recursive: true });
  }
});
