import { build } from '../../build.ts';
import { startControlPlane } from './control-plane.ts';
import { share } from './shared.ts';

declare global {
  /** What the teardown stops: Jest gives the two nothing else in common. */
  var stopSharedServers: (() => Promise<void>) | undefined;
}

/**
 * One control plane for all test files of the run, and the operator as it is delivered: in one bundle, of the code as it stands. Belongs to the Jest project of those tests only.
 * Ends in .mts, because Jest would load a .ts file as CommonJS first, in which `import.meta` and top-level await fail.
 */
// biome-ignore lint/style/noDefaultExport: Jest asks for it
export default async function setup(): Promise<void> {
  const [controlPlane] = await Promise.all([startControlPlane(), build()]);
  globalThis.stopSharedServers = controlPlane.stop;
  await share(controlPlane);
}
