import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildImage } from '../../image/build.ts';
import { run } from '../../image/run.ts';
import { secretValue } from '../canary.ts';
import { type Operator, type Program, startOperator } from '../scenarios/operator.ts';
import { useWorld } from '../scenarios/world.ts';
import { type ReadImage, readLayout } from './layout.ts';

const world = useWorld();
let directory: string;
let image: ReadImage;
let entrypoint: Program;

beforeAll(async () => {
  directory = await mkdtemp(`${tmpdir()}/shearline-image-`);
  await buildImage(directory);
  const images = await readLayout(`${directory}/image`);
  const [ours] = images.filter(
    ({ architecture }) => architecture === (process.arch === 'x64' ? 'amd64' : process.arch),
  );
  if (ours === undefined) throw new Error(`there is no image for ${process.arch}`);
  image = ours;
  await mkdir(`${directory}/root`);
  await image.unpack(`${directory}/root`);
  entrypoint = inContainer(`${directory}/root`, image);
}, 300_000);
afterAll(() => rm(directory, { recursive: true }));

/**
 * With the image's files alone, read-only, as its user: what a container engine does, by user namespaces, for which one
 * need not be root.
 */
function inContainer(root: string, { config }: ReadImage): Program {
  const readOnly = 'mount --bind "$0" "$0" && mount --options remount,bind,ro "$0" && exec "$@"';
  const [uid, gid] = config.User.split(':');
  const namespaces = ['unshare', `--map-user=${uid}`, `--map-group=${gid}`, `--root=${root}`];
  return ['unshare', '--map-root-user', '--mount', 'sh', '-c', readOnly, root, ...namespaces, ...config.Entrypoint];
}

test('asked for help, it says which flags there are', async () => {
  const [command, ...args] = entrypoint;
  expect(await run(command, [...args, '--help'])).toMatch(/^Usage: shearline controller/);
});

test('it syncs and rotates, after less than 2 seconds of the processor until it was ready', async () => {
  await world().operator.stop();
  const operator = await startFromImage();
  try {
    expect(cpuSeconds(await operator.metrics())).toBeLessThan(2);
    const team = await world().teamInStep('image');
    await team.put('db', { password: secretValue() });
    expect((await team.rotate('db', 't1')).status).toMatchObject({ rotation: { result: 'Rotated' } });
  } finally {
    await operator.stop();
    await world().operator.start();
  }
});

/** The only file that the image lacks is what tells it where the cluster is, as it is in no pod. */
async function startFromImage(): Promise<Operator> {
  const { controlPlane } = world();
  const account = { serviceAccount: 'shearline', namespace: 'shearline-system' };
  await copyFile(await controlPlane.kubeconfigFor(account), `${directory}/root/kubeconfig`);
  const env = Object.fromEntries(image.config.Env.map(pair => pair.split('=', 2)));
  return startOperator(controlPlane, ['--kubeconfig', '/kubeconfig'], env, { program: entrypoint });
}

const cpuSeconds = (metrics: string): number => Number(/^process_cpu_seconds_total ([\d.]+)/m.exec(metrics)?.[1]);
