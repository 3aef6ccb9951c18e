import { conformance } from '../../conformance/conformance.ts';
import { startFake } from './harness.ts';

conformance('fake, values in the spec', startFake, {
  lacks: [
    'a server',
    'binary values',
    'version names',
    'version times',
    'batches',
    'own logins',
    'own keys',
    'login calls',
    'logins that expire',
    'logins that it ends',
  ],
});
