import { type Answer, json } from '../answers.ts';

/** A refusal of the token service or of OAuth, in its own form. */
export const oauthError = (error: string, error_description: string, status = 400): Answer =>
  json({ error, error_description }, status);

/** google.rpc.Status over REST, for the codes that this server has. */
const codes = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
} as const;

export function rpcError(status: keyof typeof codes, message: string, info?: ErrorInfo): Answer {
  const details = info && [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', domain: 'googleapis.com', ...info }];
  const code = codes[status];
  return json({ error: { code, message, status, ...(details && { details }) } }, code);
}

export interface ErrorInfo {
  readonly reason: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export const unauthenticated = (): Answer =>
  rpcError(
    'UNAUTHENTICATED',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
    { reason: 'ACCESS_TOKEN_EXPIRED' },
  );
