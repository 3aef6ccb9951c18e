import { conformance } from '../../conformance/conformance.ts';
import { startHarness } from './harness.ts';

conformance('awsSsm', startHarness, { lacks: ['binary values', 'empty values'] });
