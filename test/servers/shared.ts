import { readFile, writeFile } from 'node:fs/promises';
import { accessControlPlane, type ControlPlaneAccess, ControlPlaneFacts } from './access.ts';

const sharedVariable = 'SHEARLINE_TEST_CONTROL_PLANE';

/** Hands a control plane over to the test files, which run in other processes. */
export async function share(access: ControlPlaneAccess): Promise<void> {
  const file = `${access.directory}/facts.json`;
  await writeFile(file, JSON.stringify(ControlPlaneFacts.parse(access)));
  process.env[sharedVariable] = file;
}

/** The control plane that Jest's global setup started; use namespaces of your own in it. */
export async function sharedControlPlane(): Promise<ControlPlaneAccess> {
  const file = process.env[sharedVariable];
  if (!file)
    throw new Error(
      `${sharedVariable} is not set: run this test in the Jest project that has test/servers/global-setup.ts`,
    );
  return accessControlPlane(ControlPlaneFacts.parse(JSON.parse(await readFile(file, 'utf8'))));
}
