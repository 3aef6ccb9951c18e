import { conformance } from '../../conformance/conformance.ts';
import { startLocal } from './harness.ts';

conformance('local, a table of SQLite', startLocal, {
  lacks: [
    'a server',
    'versions',
    'old versions',
    'version names',
    'version times',
    'tags',
    'batches',
    'own logins',
    'own keys',
    'login calls',
    'logins that expire',
    'logins that it ends',
  ],
});
