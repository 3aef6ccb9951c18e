import { accessDenied, type Fault, kubernetesUnavailable } from '../core/fault.ts';
import type { KubeFault } from './port.ts';

/** For what no user of the object asked for can mend. `what` is the end of the sentence "the API server did not give …". */
export function apiServerFault(fault: KubeFault, what: string): Fault {
  switch (fault.kind) {
    // Not `throttled`: that would hold up everybody at the store, which asked for nothing.
    case 'throttled':
      return kubernetesUnavailable(`the API server is too busy to give ${what}; it will be asked again`);
    case 'refused':
      return accessDenied(`the operator may not read ${what}; grant it "get" on it`);
    default:
      return kubernetesUnavailable(`the API server did not give ${what}; it will be asked again`);
  }
}
