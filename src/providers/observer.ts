import type { FaultKind } from '../core/fault.ts';
import type { SourceAccess } from './remote-reader.ts';

/** What metrics about stores are made of. No keys, and no namespaces that use a source: their number has no bound. */
export interface ProviderObserver {
  read(call: ProviderCall): void;
  login(call: ProviderCall): void;
}

export interface ProviderCall {
  readonly provider: string;
  /** The source's label: `ClusterSecretSource vault-prod`. */
  readonly source: string;
  /** Its own namespace; empty for a ClusterSecretSource. */
  readonly namespace: string;
  readonly outcome: 'ok' | FaultKind;
  readonly tookMs: number;
}

/** The source of a call, as metrics name it. */
export const sourceOfCall = ({ provider, label, namespaced, homeNamespace }: SourceAccess) => ({
  provider: provider.name,
  source: label,
  namespace: namespaced ? homeNamespace : '',
});
