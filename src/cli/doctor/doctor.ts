import { Option } from 'commander';
import { readCaBundle } from '../../remote/ca-bundle.ts';
import { addReferenceOfCluster, type WhichCluster } from '../cluster.ts';
import { type AddVerb, exitCodes, type Io } from '../io.ts';
import { cachesOf } from '../render/caches.ts';
import { atAddressOf } from '../render/developer.ts';
import { proxyOf } from '../render/load.ts';
import { describe } from '../render/render.ts';
import { look, openStore, type RenderOptions, renderAll } from '../render/rendered.ts';
import { templatesOf } from '../render/templates.ts';
import { examine, type Patient } from './cluster.ts';
import { type Finding, textOfFindings } from './findings.ts';
import { vaultSpecOf, visitVault } from './vault.ts';

interface Options extends WhichCluster {
  readonly namespace?: string;
  readonly output: 'text' | 'json';
}

/** `shearline doctor`: why a reference of a cluster is not in step, step by step, and what puts it right. */
export const addDoctor: AddVerb = (program, io, exit) => {
  const command = program
    .command('doctor')
    .description('say why a SecretReference of a cluster fails, and print the command that fixes it');
  addReferenceOfCluster(command)
    .addOption(new Option('-o, --output <format>', 'of the report').choices(['text', 'json']).default('text'))
    .addHelpText('after', help)
    .action(async (name: string, options: Options) => exit(await run(name, options, io)));
};

const help = `
It goes the way of the operator with your rights: reference, source, a token of the ServiceAccount (which you need the right
to create), the login, the policies, the read. VAULT_ADDR names the address of Vault from here, if it is another one.
Nothing is written and no value is shown. Ends with 1 when something is wrong.`;

async function run(name: string, { output, ...which }: Options, io: Io): Promise<number> {
  const proxy = proxyOf(io);
  const here = await atAddressOf(io);
  const patient = proxy.ok ? await examine({ name, ...which }, here.manifest, io) : proxy;
  if (!proxy.ok || !patient.ok) {
    io.stderr(`${patient.ok ? '' : patient.fault}\n`);
    return exitCodes.usage;
  }
  const { key, access, close } = patient.value;
  const findings = await findingsOf({ ...patient.value, access: here.access(access) }, proxy.value, io);
  await close();
  const report = { reference: key, findings };
  io.stdout(output === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : textOfFindings(findings));
  return findings.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.findings;
}

async function findingsOf(patient: Patient, proxy: RenderOptions['proxy'], io: Io): Promise<readonly Finding[]> {
  const { key, manifests, access, clusterAuthorities } = patient;
  const options: RenderOptions = {
    caches: cachesOf(manifests),
    access,
    proxy,
    sandboxWorker: io.sandboxWorker,
    readTemplates: templatesOf(manifests),
    ...(clusterAuthorities !== undefined && { clusterAuthorities }),
  };
  const visits = await visitsOf(patient, options);
  const rendered = await renderAll([key], options);
  const end = [...rendered].map(
    ([each, made]): Finding => ({ ok: made.kind !== 'failed', what: describe(each, made) }),
  );
  return [...visits, ...end];
}

/** Each source of Vault that ServiceAccounts log in to. Of others the read itself says what is wrong. */
async function visitsOf({ key, access }: Patient, options: RenderOptions): Promise<readonly Finding[]> {
  const observed = look(key, options.caches);
  const reads = observed?.wanted.ok ? observed.wanted.value.reads : [];
  const findings: Finding[] = [];
  for (const [source, ofSource] of Map.groupBy(reads, read => read.source)) {
    const spec = vaultSpecOf(source);
    const { serviceAccount: wanted, caBundle } = source.access.provider.needs;
    const namespace = observed?.namespace.name ?? '';
    const account = wanted && access.serviceAccount(namespace, wanted.name);
    if (spec === undefined || wanted === undefined || account === undefined) continue;
    const ca = caBundle && (await readCaBundle(access, source.access.homeNamespace, caBundle, never));
    if (ca?.ok === false) return [...findings, { ok: false, what: ca.fault.message }];
    const http = openStore(options)(source.access, ca?.value);
    if (!http.ok) return [...findings, { ok: false, what: http.fault.message }];
    const keys = ofSource.map(each => each.key);
    const serviceAccount = { namespace, name: wanted.name, uid: account.uid, annotations: {} };
    const visit = { source, keys, serviceAccount, access, http: http.value };
    for (const found of await visitVault(spec, visit)) findings.push(found);
    await http.value.close();
  }
  return findings;
}

const never = new AbortController().signal;
