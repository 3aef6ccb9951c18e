import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { extraCaFlaw } from '../../src/operator/extra-ca.ts';
import { createAuthority } from '../servers/certificates.ts';

let directory: string;
let good: string;
beforeAll(async () => {
  directory = await mkdtemp(`${tmpdir()}/shearline-extra-ca-`);
  good = (await createAuthority(`${directory}/ca`)).certificate;
});
afterAll(() => rm(directory, { recursive: true }));

test.each<[string, (pem: string) => string, string | undefined]>([
  ['certificates, with words between them', pem => `# ours\n${pem}\n# and again\n${pem}`, undefined],
  ['nothing', () => '', 'holds no certificate'],
  ['something else', () => '{"not": "PEM"}', 'holds no certificate'],
  ['half a certificate', pem => pem.slice(0, pem.length / 2), 'is no PEM text'],
  [
    'one that is damaged',
    pem => `${pem}\n${pem.replace(/\n[A-Za-z0-9+/]{9}/, '\nCANARY7f3')}`,
    'damaged certificate, number 2',
  ],
])('a file of authorities that holds %s', async (_, change, flaw) => {
  const file = `${directory}/ca.pem`;
  await writeFile(file, change(good));
  const found = extraCaFlaw(file);
  expect(found).toEqual(flaw && expect.stringContaining(flaw));
  expect(found ?? '').not.toContain('CANARY');
});

test.each([undefined, ''])('no file of authorities is asked for: %j', file => {
  expect(extraCaFlaw(file)).toBeUndefined();
});
