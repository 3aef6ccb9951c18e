import { conformance } from '../../conformance/conformance.ts';
import { withAppRole, withKubernetesAuth } from './harness.ts';

conformance('vault, KV version 2, each namespace as itself', withKubernetesAuth({ mount: 'secret', version: 2 }), {
  lacks: ['binary values', 'batches'],
});
conformance('vault, KV version 1, one AppRole for all', withAppRole({ mount: 'team/kv', version: 1 }), {
  lacks: [
    'binary values',
    'versions',
    'old versions',
    'version names',
    'version times',
    'tags',
    'batches',
    'own logins',
    'own keys',
  ],
});
