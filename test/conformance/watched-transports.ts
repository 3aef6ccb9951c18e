import { failed, mapOk, ok } from '../../src/core/result.ts';
import { parseCaBundle } from '../../src/net/tls.ts';
import { createProviderTransport, type ProviderTransport } from '../../src/net/transport.ts';
import type { OpenTransport, Transport } from '../../src/remote/login.ts';

const hastyMs = 1000;

/** The real transports of one source, which can be counted, hurried and closed. */
export class WatchedTransports {
  /** Of the API server, for a store that is this cluster. */
  readonly #clusterCa: string;
  #hasty = false;
  #shut = false;
  #count = 0;

  constructor(clusterCa: string) {
    this.#clusterCa = clusterCa;
  }

  /** How many are open. */
  get count(): number {
    return this.#count;
  }

  /** From now on a call that takes longer than a second has met its deadline. */
  hurry(): void {
    this.#hasty = true;
  }

  /** From now on no address may be reached. */
  shut(): void {
    this.#shut = true;
  }

  readonly open: OpenTransport = (source, caPem) => {
    const pem = source.provider.needs.serviceAccount?.audiences === 'this-cluster' ? this.#clusterCa : caPem;
    return mapOk(pem === undefined ? ok(undefined) : parseCaBundle(pem), authorities => {
      const egress = { namespaced: false, allowInsecure: true, allow: [], deny: [] };
      const options = { egress, ...(authorities && { authorities }) };
      const patient = createProviderTransport(options);
      return this.#watched(patient, createProviderTransport({ ...options, deadlineMs: hastyMs }));
    });
  };

  #watched(patient: ProviderTransport, hasty: ProviderTransport): Transport {
    this.#count += 1;
    return {
      request: async (call, signal) => {
        if (this.#shut) return failed({ kind: 'egress', rule: 'all addresses are closed' });
        return (this.#hasty ? hasty : patient).request(call, signal);
      },
      close: async () => {
        await Promise.all([patient.close(), hasty.close()]);
        this.#count -= 1;
      },
    };
  }
}
