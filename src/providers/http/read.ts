import type { Fault } from '../../core/fault.ts';
import { absent, accessDenied, invalidSpec, throttled, unavailable, unusable } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { HttpAnswer, ProviderHttp } from '../../net/http.ts';
import { transportFault } from '../kit/http-faults.ts';
import { checkKey, checkVersion } from '../kit/plain-key.ts';
import type { LoginExpired, ReadAnswer, ReadRequest, RemoteValue } from '../provider.ts';
import { isPage, notTheApi, textAt, valueIn } from './result.ts';
import type { HttpSpec } from './spec.ts';
import { type Template, takesVersions, urlOf } from './template.ts';

/** One API with the headers of one login. */
export interface Api {
  /** In messages: `the API at api.example.com`. */
  readonly name: string;
  readonly spec: HttpSpec;
  readonly template: Template;
  readonly http: ProviderHttp;
  readonly headers: Readonly<Record<string, string>>;
  /** Whose rights count, in messages. */
  readonly who: string;
}

/** One GET, and what each answer to it means. */
export async function readKey(api: Api, request: ReadRequest, signal: AbortSignal): Promise<ReadAnswer> {
  const { key, version } = request;
  const wrong = faultOf(checkKey(key)) ?? (version === undefined ? undefined : versionFault(api, version));
  if (wrong) return failed(wrong);
  const answer = await get(api, key, version, signal);
  if (!answer.ok) return answer;
  if (answer.value.status === 200) return served(api, request, answer.value);
  if (saysAbsent(api.spec, answer.value)) return failed(await missing(api, request, signal));
  return failed(refused(api, key, answer.value));
}

async function get(
  { name, template, http, headers }: Api,
  key: string,
  version: string | undefined,
  signal: AbortSignal,
): Promise<Result<HttpAnswer>> {
  const reply = await http.request({ method: 'GET', url: urlOf(template, key, version), headers }, signal);
  return reply.ok ? reply : failed(transportFault(name, reply.fault));
}

function versionFault({ template }: Api, version: string): Fault | undefined {
  if (takesVersions(template)) return faultOf(checkVersion(version));
  return invalidSpec('the url of the source has no {version}: remove remoteRef.version');
}

const faultOf = (result: Result<unknown>): Fault | undefined => (result.ok ? undefined : result.fault);

function served(api: Api, { key, version: asked }: ReadRequest, answer: HttpAnswer): ReadAnswer {
  const version = versionOf(api.spec, answer);
  if (asked !== undefined && version !== undefined && version !== asked)
    return failed(unusable(`${api.name} answered with another version of ${key} than was asked for`));
  const value = valueIn(api.name, key, api.spec.result?.pointer, answer.body);
  if (!value.ok) return value;
  const remote: RemoteValue = { value: value.value, ...(version !== undefined && { version }) };
  return ok(remote);
}

/** Of the store's text only what looks like a version goes into a status. */
function versionOf({ versionHeader }: HttpSpec, { headers }: HttpAnswer): string | undefined {
  const text = versionHeader === undefined ? undefined : headers[versionHeader.toLowerCase()];
  return text !== undefined && checkVersion(text).ok ? text : undefined;
}

/** The source says how the API tells it. A page is no answer of the API, whatever its status. */
function saysAbsent({ absent: proof }: HttpSpec, { status, body }: HttpAnswer): boolean {
  if (status !== proof?.status) return false;
  return proof.pointer === undefined ? !isPage(body) : textAt(proof.pointer, body) === proof.value;
}

/** A missing version and a missing key answer alike; a read of the newest version tells them apart. */
async function missing(api: Api, { key, version }: ReadRequest, signal: AbortSignal): Promise<Fault> {
  const noKey = absent('KeyNotFound', `${api.name} has no ${key}`);
  if (version === undefined) return noKey;
  const newest = await get(api, key, undefined, signal);
  if (!newest.ok) return newest.fault;
  return saysAbsent(api.spec, newest.value)
    ? noKey
    : absent('VersionNotFound', `${api.name} has no version ${version} of ${key}`);
}

function refused(api: Api, key: string, { status, body, retryAfterMs }: HttpAnswer): Fault | LoginExpired {
  const { name, who } = api;
  if (status === 401) return { kind: 'login-expired' };
  if (status === 403) return accessDenied(`${name} refused access to ${key} for ${who} (403)`);
  if (status === 429) return throttled(`${name} asks for fewer requests (429)`, retryAfterMs);
  if (status >= 500) return unavailable(`${name} has a problem of its own (status ${status})`);
  if (status < 400 || isPage(body)) return notTheApi(name, status);
  if (status !== 404 && status !== 410) return accessDenied(`${name} refused to read ${key} (status ${status})`);
  return accessDenied(
    `${name} does not say whether ${key} is there (${status}): check url and rights, and ${fix(api)}`,
  );
}

const fix = ({ spec }: Api): string =>
  spec.absent
    ? 'whether absent is how it says that a key is missing'
    : 'if it answers so for nothing but missing keys, set absent';
