/** Longer than anything the API server asks for. */
const mostMs = 300_000;

/** Milliseconds of a Retry-After header; the API server sends whole seconds only. */
export function retryAfter(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^[0-9]{1,9}$/.test(header)) return undefined;
  return Math.min(mostMs, Number(header) * 1000);
}
