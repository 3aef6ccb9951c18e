import { authFailed } from '../../core/fault.ts';
import { failed, mapOk, ok, type Result } from '../../core/result.ts';
import { basicText, credentialText, tokenText } from '../kit/credentials.ts';
import { mintedTokenMs, type ProviderPorts, type ProviderSession } from '../provider.ts';
import { type Api, readKey } from './read.ts';
import type { HttpSpec } from './spec.ts';
import { parseTemplate } from './template.ts';

/** Nothing is sent: the credentials are put together, and the first read shows whether they are good. */
export async function login(
  spec: HttpSpec,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<ProviderSession>> {
  const started = ports.clock.steady();
  const headers = await headersOf(spec, ports, signal);
  if (!headers.ok) return headers;
  return mapOk(parseTemplate(spec.url), template => {
    const name = `the API at ${URL.parse(template.origin)?.host}`;
    const api = { name, spec, template, http: ports.http, headers: headers.value, who: whoIs(spec, ports) };
    return sessionOf(api, spec.auth?.serviceAccountRef && started + mintedTokenMs);
  });
}

/** A 401 is the end of a login if the API took it before; otherwise it never was one. */
function sessionOf(api: Api, expiresAt: number | undefined): ProviderSession {
  let wasTaken = false;
  return {
    ...(expiresAt !== undefined && { expiresAt }),
    read: async (request, signal) => {
      const answer = await readKey(api, request, signal);
      wasTaken ||= answer.ok || answer.fault.kind === 'absent';
      const ended = !answer.ok && answer.fault.kind === 'login-expired';
      return ended && !wasTaken ? failed(authFailed(`${api.name} does not know ${api.who} (401)`)) : answer;
    },
    close: async () => undefined,
  };
}

async function headersOf(
  spec: HttpSpec,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<Readonly<Record<string, string>>>> {
  const headers: Record<string, string> = { accept: spec.result ? 'application/json' : '*/*' };
  for (const { name, value, secretRef } of spec.headers) {
    const text = secretRef ? await credentialText(ports, secretRef, signal) : ok(value ?? '');
    if (!text.ok) return text;
    headers[name.toLowerCase()] = text.value;
  }
  const authorization = await authorizationOf(spec, ports, signal);
  if (!authorization.ok) return failed(authorization.fault);
  return ok({ ...headers, ...(authorization.value !== undefined && { authorization: authorization.value }) });
}

async function authorizationOf(
  { auth }: HttpSpec,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<string | undefined>> {
  if (auth?.basic) return basicText(ports, auth.basic.username, auth.basic.passwordRef, signal);
  if (auth?.bearer) return mapOk(await credentialText(ports, auth.bearer.secretRef, signal), bearer);
  return auth?.serviceAccountRef ? mapOk(await tokenText(ports, signal), bearer) : ok(undefined);
}

const bearer = (token: string): string => `Bearer ${token}`;

/** Whose rights count at the API, and what to look at when it says no. */
function whoIs({ auth, headers }: HttpSpec, { serviceAccount }: ProviderPorts): string {
  const { basic, bearer, serviceAccountRef } = auth ?? {};
  if (basic) return `user "${basic.username}" with the password in Secret "${basic.passwordRef.name}"`;
  if (bearer) return `the token in Secret "${bearer.secretRef.name}"`;
  if (serviceAccountRef && serviceAccount) {
    const { namespace, name } = serviceAccount;
    return `subject system:serviceaccount:${namespace}:${name} with audience ${serviceAccountRef.audiences.join(', ')}`;
  }
  const names = headers.filter(({ secretRef }) => secretRef).map(({ name }) => name);
  return names.length > 0 ? `a request with the headers ${names.join(', ')}` : 'a request without credentials';
}
