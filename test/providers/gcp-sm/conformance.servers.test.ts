import { conformance } from '../../conformance/conformance.ts';
import { startGlobal, startRegional } from './harness.ts';

conformance('gcpSm, global secrets, by a pool provider', startGlobal);
conformance('gcpSm, regional secrets, by GKE and a Google service account', startRegional);
