import type { Result } from '../../core/result.ts';
import { failed } from '../../core/result.ts';
import type { HttpAnswer, ProviderHttp } from '../../net/http.ts';
import { transportFault } from '../kit/http-faults.ts';

/** One workspace, as one principal. */
export interface Workspace {
  /** In messages: `Databricks at dbc-a1b2c3d4-e5f6.cloud.databricks.com`. */
  readonly name: string;
  /** Base URL, without a slash at its end. */
  readonly address: string;
  readonly http: ProviderHttp;
  readonly token: string;
  /** Whose rights count, in messages and in commands to paste. */
  readonly principal: string;
}

/** One GET of the secrets API. Whatever the status: an answer. */
export async function get(
  { name, address, http, token }: Omit<Workspace, 'principal'>,
  path: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Result<HttpAnswer>> {
  const url = `${address}/api/2.0/secrets/${path}?${new URLSearchParams(query)}`;
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  const reply = await http.request({ method: 'GET', url, headers }, signal);
  return reply.ok ? reply : failed(transportFault(name, reply.fault));
}
