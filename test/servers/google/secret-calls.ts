import * as z from 'zod';
import { type Answer, json } from '../answers.ts';
import { rpcError } from './errors.ts';
import { parseFilter } from './filters.ts';
import { page } from './pages.ts';
import type { Permission } from './policy.ts';
import { castagnoli, nameOf, type Project, type Style, secretResource } from './resources.ts';
import type { Secret, Secrets } from './secrets.ts';

/** One call on secrets, as far as it was understood. */
export interface SecretCall extends Style {
  readonly project: Project;
  readonly secrets: Secrets;
  readonly location: string | undefined;
  /** Empty for calls on all secrets. */
  readonly id: string;
  /** Number, alias or `latest`; empty for calls on all versions. */
  readonly version: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

export interface Operation {
  readonly permission: Permission;
  readonly run: (call: SecretCall) => Answer;
}

/** By method, what is named in the path, and the verb behind the colon. */
export const secretOperations: Readonly<Record<string, Operation>> = {
  'POST secrets': { permission: 'secretmanager.secrets.create', run: create },
  'GET secrets': { permission: 'secretmanager.secrets.list', run: list },
  'GET secret': {
    permission: 'secretmanager.secrets.get',
    run: call => withSecret(call, secret => shown(call, secret)),
  },
  'PATCH secret': { permission: 'secretmanager.secrets.update', run: update },
  'DELETE secret': { permission: 'secretmanager.secrets.delete', run: remove },
  'POST secret:addVersion': { permission: 'secretmanager.versions.add', run: addVersion },
};

const label = z
  .string()
  .max(63)
  .regex(/^[\p{Ll}\p{Lo}\p{N}_-]*$/u);
const SecretBody = z.object({
  labels: z.record(label, label).optional(),
  versionAliases: z
    .record(z.string().regex(/^(?!latest$|NEW$)[A-Za-z][A-Za-z0-9_-]{0,62}$/), z.coerce.number())
    .optional(),
});

function create({ project, secrets, location, query, body }: SecretCall): Answer {
  const id = query.get('secretId') ?? '';
  const wanted = SecretBody.safeParse(JSON.parse(body || '{}'));
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(id) || !wanted.success)
    return rpcError('INVALID_ARGUMENT', 'The provided Secret ID or Secret does not match the expected format.');
  if (secrets.find(id, location))
    return rpcError('ALREADY_EXISTS', `Secret [${nameOf(project, { id, location })}] already exists.`);
  return json(secretResource(project, secrets.create(id, location, { labels: wanted.data.labels ?? {} })));
}

function list({ project, secrets, location, query }: SecretCall): Answer {
  const matches = parseFilter(query.get('filter') ?? '');
  if (!matches) return rpcError('INVALID_ARGUMENT', 'Invalid list filter.');
  const found = secrets.all(location).filter(secret => matches(factsOf(project, secret)));
  return page(found, query, items => ({ secrets: items.map(secret => secretResource(project, secret)) }));
}

const factsOf = (project: Project, secret: Secret) => ({
  name: nameOf(project, secret),
  ...Object.fromEntries(Object.entries(secret.labels).map(([key, value]) => [`labels.${key}`, value])),
});

function update(call: SecretCall): Answer {
  const wanted = SecretBody.safeParse(JSON.parse(call.body || '{}'));
  if (!wanted.success) return rpcError('INVALID_ARGUMENT', 'The provided Secret does not match the expected format.');
  const fields = (call.query.get('updateMask') ?? '').split(',');
  const { labels = {}, versionAliases: aliases = {} } = wanted.data;
  const changes = {
    ...(fields.includes('labels') && { labels }),
    ...(fields.some(field => /^version_?[aA]liases$/.test(field)) && { aliases }),
  };
  return withSecret(call, secret => shown(call, call.secrets.update(secret, changes)));
}

function remove(call: SecretCall): Answer {
  return withSecret(call, secret => {
    call.secrets.remove(secret);
    return json({});
  });
}

const Payload = z.object({ payload: z.object({ data: z.base64(), dataCrc32c: z.string().optional() }) });
const mostBytes = 65_536;

function addVersion(call: SecretCall): Answer {
  const { payload } = Payload.safeParse(JSON.parse(call.body)).data ?? {};
  const data = Buffer.from(payload?.data ?? '', 'base64');
  if (data.length === 0) return rpcError('INVALID_ARGUMENT', 'Secret Payload cannot be empty.');
  if (data.length > mostBytes)
    return rpcError('INVALID_ARGUMENT', `Secret Payload must not exceed ${mostBytes} bytes.`);
  if (payload?.dataCrc32c !== undefined && payload.dataCrc32c !== `${castagnoli(data)}`)
    return rpcError('INVALID_ARGUMENT', 'Secret Payload does not match the checksum in data_crc32c.');
  return withSecret(call, secret => {
    const { number } = call.secrets.addVersion(secret, data);
    return json({ name: `${nameOf(call.project, secret)}/versions/${number}`, state: 'ENABLED', etag: '"16321b"' });
  });
}

export function withSecret(call: SecretCall, then: (secret: Secret) => Answer): Answer {
  const secret = call.secrets.find(call.id, call.location);
  return secret ? then(secret) : rpcError('NOT_FOUND', `Secret [${nameOf(call.project, call)}] not found.`);
}

const shown = ({ project }: SecretCall, secret: Secret): Answer => json(secretResource(project, secret));
