/** What the API server says when it refuses, as rules send it. */

const reasons: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

export const failure = (code: number) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'the fault proxy says so',
  reason: reasons[code] ?? 'Unknown',
  code,
});

/** The end of a watch from within: a line of it. */
export const errorEvent = (code: number): string => `${JSON.stringify({ type: 'ERROR', object: failure(code) })}\n`;

/** What no API server would send. */
export const garbage = '\u0000<html>{"type":"ADDED","object":\n';
