import { conformance } from '../../conformance/conformance.ts';
import { startDatabricks } from './harness.ts';

conformance('databricks, with token federation', startDatabricks, {
  lacks: ['versions', 'old versions', 'version names', 'version times', 'tags', 'batches'],
});
