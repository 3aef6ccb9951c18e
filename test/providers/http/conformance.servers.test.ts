import { conformance } from '../../conformance/conformance.ts';
import { startHttp } from './harness.ts';

conformance('http, an API of JSON with versions', startHttp, {
  lacks: ['binary values', 'version names', 'version times', 'lists', 'tags', 'batches', 'login calls'],
});
