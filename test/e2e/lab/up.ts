import { up } from './lab.ts';

/** By hand: `node test/e2e/lab/up.ts`, until Ctrl-C. */
const say = (line: string) => void process.stdout.write(`${line}\n`);
const { controlPlane, down } = await up(say);
say(`export KUBECONFIG=${controlPlane.adminKubeconfig}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void down().then(() => process.exit()));
setInterval(() => undefined, 60_000);
