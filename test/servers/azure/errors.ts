import { randomUUID } from 'node:crypto';
import { type Answer, json } from '../answers.ts';

/** A refusal of Microsoft Entra, in its own form. */
export function entraError(
  status: 400 | 401,
  error: 'invalid_client' | 'invalid_request' | 'invalid_resource' | 'unauthorized_client' | 'unsupported_grant_type',
  number: number,
  sentence: string,
): Answer {
  const timestamp = new Date().toISOString().replace('T', ' ').replace(/\..*/, 'Z');
  const [trace_id, correlation_id] = [randomUUID(), randomUUID()];
  const tail = ` Trace ID: ${trace_id} Correlation ID: ${correlation_id} Timestamp: ${timestamp}`;
  return json(
    {
      error,
      error_description: `AADSTS${number}: ${sentence}${tail}`,
      error_codes: [number],
      timestamp,
      trace_id,
      correlation_id,
      error_uri: `https://login.microsoftonline.com/error?code=${number}`,
    },
    status,
  );
}

/** A refusal of Key Vault, in its own form. */
export function vaultError(status: number, code: string, message: string, inner?: string): Answer {
  return json({ error: { code, message, ...(inner !== undefined && { innererror: { code: inner } }) } }, status);
}

/** The vault knows no such token, and says where to get one. */
export function unauthorized(
  message: string,
  { authority, resource }: { authority: string; resource: string },
): Answer {
  const challenge = `Bearer authorization="${authority}", resource="${resource}"`;
  const body = { error: { code: 'Unauthorized', message } };
  return json(body, 401, { 'www-authenticate': challenge });
}
