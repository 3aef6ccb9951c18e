import { conformance } from '../../conformance/conformance.ts';
import { withAppRole, withKubernetesAuth } from './harness.ts';

conformance('vault, KV version 2, each namespace as itself', withKubernetesAuth({ mount: 'secret', version: 2 }));
conformance('vault, KV version 1, one AppRole for all', withAppRole({ mount: 'team/kv', version: 1 }));
