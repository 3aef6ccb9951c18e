import { conformance } from '../../conformance/conformance.ts';
import { start } from './harness.ts';

conformance('azureKv, on our Entra and key vault', start, {
  lacks: ['binary values', 'version names', 'batches', 'own keys'],
});
