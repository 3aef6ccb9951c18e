import { conformance } from '../../conformance/conformance.ts';
import { startHarness } from './harness.ts';

conformance('awsSm', startHarness, { lacks: ['empty values'] });
