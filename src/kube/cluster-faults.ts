import { accessDenied, type Fault, kubernetesUnavailable, throttled } from '../core/fault.ts';
import type { KubeFault } from './port.ts';

/** For what no user of the object asked for can mend. `what` is the end of the sentence "the API server did not give …". */
export function apiServerFault(fault: KubeFault, what: string): Fault {
  switch (fault.kind) {
    case 'throttled':
      return throttled(`the API server is too busy to give ${what}; it will be asked again`, fault.retryAfterMs);
    case 'refused':
      return accessDenied(`the operator may not read ${what}; grant it "get" on it`);
    default:
      return kubernetesUnavailable(`the API server did not give ${what}; it will be asked again`);
  }
}
