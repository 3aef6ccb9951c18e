import { conformance } from '../../conformance/conformance.ts';
import { startKubernetes } from './harness.ts';

conformance('kubernetes, Secrets of another cluster', startKubernetes);
