import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as z from 'zod';

const root = `${import.meta.dirname}/..`;
const names = z.record(z.string(), z.string()).default({});
const Package = z.object({
  integrity: z.string().optional(),
  resolved: z.string().optional(),
  optionalDependencies: names,
});
const Lock = z.object({ packages: z.record(z.string(), Package) });

const { packages } = Lock.parse(JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8')));
const locked = Object.entries(packages).filter(([path]) => path !== '');

test('the lock file has a hash for each package, and the address of none', () => {
  expect(locked.filter(([, { integrity, resolved }]) => integrity === undefined || resolved !== undefined)).toEqual([]);
});

/** `npm install` leaves them out where node_modules is there already, and `npm ci` then refuses the lock file. */
test('the lock file has the packages of other platforms, too', () => {
  const missing = locked.flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies).filter(
      name => packages[`${path}/node_modules/${name}`] === undefined && packages[`node_modules/${name}`] === undefined,
    ),
  );
  expect(missing).toEqual([]);
});

test('no script of a package runs when it is installed', () => {
  expect(readFileSync(`${root}/.npmrc`, 'utf8').split('\n')).toContain('ignore-scripts=true');
});
