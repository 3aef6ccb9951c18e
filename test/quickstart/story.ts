import { randomUUID } from 'node:crypto';
import type { ServerProcess } from '../servers/process.ts';
import { operatorLog, startOperator } from './operator.ts';
import { type Names, samples, writeRights, writeSource } from './samples.ts';
import type { Stage } from './stage.ts';

/** Everything that happens, in this order. Each command is one that a reader can type. */
export async function playStory(stage: Stage, names: Names): Promise<ServerProcess> {
  const { say } = stage.terminal;
  say('\n1. The API: what a SecretReference is, and who may do what');
  await applyApi(stage);
  say('\n2. The operator, with the rights of its ServiceAccount and no other');
  const operator = await startOperator(stage);
  say('\n3. OpenBao: a secret, and who may read it');
  await prepareStore(stage, names);
  const first = await putPassword(stage, names);
  say(`\n4. A source and a reference: ${names.key} of OpenBao becomes a Secret`);
  await declare(stage, names);
  const before = await targetOf(stage, names);
  say('\n5. A new password in OpenBao, and its rotation');
  const second = await putPassword(stage, names);
  await rotate(stage, names);
  const after = await targetOf(stage, names);
  prove(before.password === first && after.password === second, 'the Secret has the password that OpenBao has');
  say(
    `The Secret changed: resourceVersion ${before.resourceVersion} is now ${after.resourceVersion}, and the password is the new one.`,
  );
  const log = await operatorLog(stage.directory);
  prove(!log.includes(first) && !log.includes(second), 'no password is in the log of the operator');
  say('Neither password is in the log of the operator.');
  return operator;
}

async function applyApi({ terminal: { show }, directory }: Stage): Promise<void> {
  const rights = `${directory}/rights.yaml`;
  await writeRights(rights);
  await show('kubectl apply --server-side -f crds/');
  await show('kubectl wait --for=condition=Established crd --all --timeout=30s');
  await show(`kubectl apply -f ${rights}   # deploy/install.yaml without its Deployment`);
}

async function prepareStore({ terminal: { show } }: Stage, names: Names): Promise<void> {
  const rule = `path "secret/data/${names.key}" { capabilities = ["read"] }`;
  await show(`echo '${rule}' | bao policy write ${names.role} -`);
  const identity = `bound_service_account_namespaces=${names.namespace} bound_service_account_names=${names.serviceAccount}`;
  const role = `auth/kubernetes/role/${names.role} ${identity} audience=${names.audience} policies=${names.role} ttl=10m`;
  await show(`bao write ${role}`);
}

/** Returns what no line of this program prints. The environment can say how it begins: a test looks for that. */
async function putPassword({ terminal: { show } }: Stage, { key }: Names): Promise<string> {
  const password = `${process.env.SHEARLINE_QUICKSTART_VALUE ?? ''}${randomUUID()}`;
  await show(`bao kv put -mount=secret ${key} username=etl password=-   # from standard input`, password);
  return password;
}

async function declare({ terminal: { show }, directory, bao }: Stage, { namespace, reference }: Names): Promise<void> {
  const source = `${directory}/source.yaml`;
  await writeSource(bao.address, source);
  await show(`kubectl apply -f ${samples.namespace}`);
  await show(`kubectl config set-context --current --namespace=${namespace}`);
  await show(`kubectl apply -f ${source}   # its sample with the address of this OpenBao`);
  await show(`kubectl apply -f ${samples.reference}`);
  await show(`kubectl wait --for=condition=Ready sref/${reference} --timeout=30s`);
  await show('kubectl get sref');
  await show(`kubectl describe secret ${reference}   # keys and sizes, no values`);
}

/** The token comes back in the status, so that one can wait for this rotation and no other. */
async function rotate({ terminal: { show } }: Stage, { reference }: Names): Promise<void> {
  const token = 'first-rotation';
  const answered = `jsonpath='{.status.rotation.lastSucceeded}'=${token}`;
  await show(`kubectl annotate sref ${reference} shearline.dev/rotate=${token} --overwrite`);
  await show(`kubectl wait sref/${reference} --for=${answered} --timeout=30s`);
  await show('kubectl get sref');
}

async function targetOf({ terminal: { read } }: Stage, { reference }: Names) {
  const [resourceVersion = '', encoded = ''] = (
    await read(`kubectl get secret ${reference} -o jsonpath='{.metadata.resourceVersion} {.data.password}'`)
  ).split(' ');
  return { resourceVersion, password: Buffer.from(encoded, 'base64').toString('utf8') };
}

function prove(holds: boolean, what: string): void {
  if (!holds) throw new Error(`it should be that ${what}, but it is not so`);
}
