import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { ok, type Result } from '../../src/core/result.ts';
import { renderTemplate, type TemplateInput } from '../../src/template/task.ts';
import { createAuthority, issueCertificate } from '../servers/certificates.ts';

/** An authority, and what it issued for the database of the examples. */
export const authority = await createAuthority(await mkdtemp(`${tmpdir()}/shearline-template-`));
export const issued = await issueCertificate(authority, { commonName: 'db', sans: ['db.example.com'] });

/** What examples of functions see. */
export const exampleValues: Readonly<Record<string, string | Uint8Array>> = {
  user: 'etl',
  password: 'p@ss:w/rd #1',
  host: 'db.example.com',
  port: '5432',
  'tls.crt': authority.certificate + issued.certificate,
  'tls.key': issued.key,
};

/** Made-up input of a template; what is not said is empty. */
export const input = (
  data: TemplateInput['data'],
  values: Readonly<Record<string, string | Uint8Array>> = exampleValues,
  rest: Partial<TemplateInput> = {},
): TemplateInput => ({
  data,
  labels: {},
  annotations: {},
  values: new Map(Object.entries(values).map(([key, value]) => [key, Buffer.from(value)])),
  reference: { name: 'warehouse', namespace: 'etl', uid: 'uid-1', labels: { team: 'etl' }, annotations: {} },
  ...rest,
});

/** As the sandbox does, in this thread. */
export const rendered = async (given: TemplateInput) => (await renderTemplate.load(given))(given);

/** What becomes of one template: text, bytes, or why not. */
export async function show(
  template: string,
  values: Readonly<Record<string, string | Uint8Array>> = exampleValues,
): Promise<Result<string, string>> {
  const result = await rendered(input({ k: template }, values));
  return result.ok ? ok(Buffer.from(result.value.data.get('k') ?? []).toString()) : result;
}

/** Of a template that must be in order. */
export async function text(template: string, values?: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const result = await show(template, values);
  if (result.ok) return result.value;
  throw new Error(result.fault);
}
