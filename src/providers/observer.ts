import type { FaultKind } from '../core/fault.ts';

/** What metrics about stores are made of. No keys, no namespaces: their number has no bound. */
export interface ProviderObserver {
  read(call: ProviderCall): void;
  login(call: ProviderCall): void;
}

export interface ProviderCall {
  readonly provider: string;
  /** The source's label: `ClusterSecretSource vault-prod`. */
  readonly source: string;
  readonly outcome: 'ok' | FaultKind;
  readonly tookMs: number;
}
