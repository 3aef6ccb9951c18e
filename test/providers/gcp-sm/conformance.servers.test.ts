import { conformance } from '../../conformance/conformance.ts';
import { startGlobal, startRegional } from './harness.ts';

const lacks = ['empty values', 'version times', 'batches'] as const;

conformance('gcpSm, global secrets, by a pool provider', startGlobal, { lacks });
conformance('gcpSm, regional secrets, by GKE and a Google service account', startRegional, { lacks });
