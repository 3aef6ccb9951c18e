import { describe, expect, test } from '@jest/globals';
import { incompleteProviders, rules, staleExceptions } from './architecture/rules.ts';
import { readSources, sourceFile } from './architecture/source.ts';

const files = readSources();
const breaches = (ofFiles = files) => rules.flatMap(rule => ofFiles.flatMap(rule.breaches));

test.each(rules)('$name', rule => {
  expect(files.flatMap(rule.breaches)).toEqual([]);
});

test('no exception to a rule is left that nothing needs', () => {
  expect(staleExceptions(files)).toEqual([]);
});

test('every provider has a spec and a README', () => {
  expect(incompleteProviders()).toEqual([]);
});

describe('the rules see', () => {
  test.each([
    [
      'an import of a folder further out',
      'core/fault.ts',
      "import { a } from '../schema/rule.ts';",
      'only nothing of ours',
    ],
    [
      'a type, too',
      'kube/api.ts',
      "import type { Next } from '../runtime/reconcile.ts';",
      'kube may import only core, async, schema',
    ],
    ['an import of many lines', 'net/tls.ts', "import {\n  a,\n  b,\n} from '../api/kinds.ts';", 'api/kinds.ts'],
    ['an import on demand', 'api/kinds.ts', "const a = await import('../kube/api.ts');", 'kube/api.ts'],
    ['an export from elsewhere', 'schema/crd.ts', "export { a } from '../net/tls.ts';", 'net/tls.ts'],
    ['an import of the composition root', 'server/http.ts', "import type { A } from '../config.ts';", 'config.ts'],
    ['a folder without a place', 'misc/a.ts', '', 'in no layer'],
    [
      'a controller that takes a shortcut',
      'controllers/a/b.ts',
      "import { a } from '../../kube/connections.ts';",
      'no contract',
    ],
    [
      'a step that leans on another',
      'controllers/secret-reference/plan.ts',
      "import type { A } from './write/compare.ts';",
      'into a file of nouns',
    ],
    ['an SDK outside its folder', 'api/a.ts', "import vault from 'node-vault';", 'only providers/vault/'],
    ['part of a package', 'runtime/a.ts', "import { a } from '@kubernetes/client-node/b';", 'only kube/'],
    ['the environment', 'kube/a.ts', 'const home = process.env.HOME;', 'as an argument'],
    ['the environment, taken apart', 'kube/a.ts', 'const { argv, env } = process;', 'as an argument'],
    ['printing', 'kube/a.ts', '  console.log(1);', 'pino'],
    ['a revealed secret', 'kube/a.ts', 'const a = value.revealText();', 'pass the SecretValue on'],
    ['a default export', 'kube/a.ts', 'export default {};', 'a name'],
    ['a list spread into push', 'kube/a.ts', 'all.push(...more);', 'use a loop'],
    ['a long file', 'kube/a.ts', '\n'.repeat(251), '251 lines'],
  ])('%s', (_, path, text, message) => {
    expect(breaches([sourceFile(path, text)])).toEqual([expect.stringContaining(message)]);
  });
});

describe('the rules let pass', () => {
  test.each([
    [
      'what stands in a comment',
      'core/a.ts',
      "/** Not\n * import { a } from '../api/b.ts'\n */\n// console.log, export default",
    ],
    [
      'a pattern that looks like a comment',
      'api/a.ts',
      "const any = '/**';\nimport { a } from '../core/json.ts'; // */",
    ],
    ['the type of a package', 'server/a.ts', "import type { Logger } from 'pino';"],
    ['a word that only sounds alike', 'core/a.ts', 'const { env } = options; redirect.console(); revealed();'],
  ])('%s', (_, path, text) => {
    expect(breaches([sourceFile(path, text)])).toEqual([]);
  });
});
