import { conformance } from '../../conformance/conformance.ts';
import { startKubernetes } from './harness.ts';

conformance('kubernetes, Secrets of another cluster', startKubernetes, {
  lacks: ['binary values', 'old versions', 'version names', 'batches', 'logins that it ends'],
});
