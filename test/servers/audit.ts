import { readFile } from 'node:fs/promises';
import * as z from 'zod';

/** One request that the API server answered; both audit logs are what no client can talk away. */
export const ApiServerEntry = z.object({
  verb: z.string(),
  requestURI: z.string(),
  user: z.object({ username: z.string() }),
  userAgent: z.string().optional(),
  objectRef: z
    .object({
      resource: z.string().optional(),
      subresource: z.string().optional(),
      namespace: z.string().optional(),
      name: z.string().optional(),
    })
    .optional(),
  responseStatus: z.object({ code: z.number().optional() }).optional(),
  requestReceivedTimestamp: z.string(),
});
export type ApiServerEntry = z.infer<typeof ApiServerEntry>;

/** One request to OpenBao or one answer of it; values are hashed in it. */
export const OpenBaoEntry = z.object({
  type: z.enum(['request', 'response']),
  time: z.string(),
  error: z.string().optional(),
  request: z.object({
    operation: z.string(),
    path: z.string(),
    namespace: z.object({ path: z.string().optional() }).optional(),
  }),
  auth: z.object({ display_name: z.string().optional() }).optional(),
});
export type OpenBaoEntry = z.infer<typeof OpenBaoEntry>;

interface Audited {
  readonly auditLog: string;
}

/** An answer can reach the client a moment before its line reaches the log: wait for what you expect with `until`. */
export const apiServerAudit = ({ auditLog }: Audited): Promise<readonly ApiServerEntry[]> =>
  readLines(auditLog, ApiServerEntry);

export const openBaoAudit = ({ auditLog }: Audited): Promise<readonly OpenBaoEntry[]> =>
  readLines(auditLog, OpenBaoEntry);

/** Reads of a path below a mount, answered or refused: `countReads(entries, 'secret/data/team-a/db')`. */
export const countReads = (entries: readonly OpenBaoEntry[], path?: string): number =>
  requests(entries).filter(
    ({ request }) => request.operation === 'read' && (path === undefined || request.path === path),
  ).length;

export const countLogins = (entries: readonly OpenBaoEntry[], mount?: string): number =>
  requests(entries).filter(({ request: { path } }) =>
    mount ? path === `auth/${mount}/login` : /^auth\/.+\/login$/.test(path),
  ).length;

const requests = (entries: readonly OpenBaoEntry[]) => entries.filter(entry => entry.type === 'request');

/** The last line may be half written. */
async function readLines<T>(file: string, schema: z.ZodType<T>): Promise<readonly T[]> {
  const text = await readFile(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter(Boolean)
    .map(line => schema.parse(JSON.parse(line)));
}
