import { invalidSpec } from '../../core/fault.ts';
import type { Result } from '../../core/result.ts';
import { failed, ok } from '../../core/result.ts';

/** A URL with `{key}` in path or query. Keys are encoded into it: none of them can leave its place. */
export interface Template {
  /** Scheme, host and port: nothing of a key ever stands in it. */
  readonly origin: string;
  readonly path: string;
  readonly query: readonly string[];
}

/** A URL that is wrong is not shown: people put passwords into URLs. */
export function parseTemplate(url: string): Result<Template> {
  const [, origin = '', path = '', , query] = /^(https?:\/\/[^/?#{}@]+)(\/[^?#]*)(\?([^#]*))?$/.exec(url) ?? [];
  const parsed = URL.parse(`${origin}${filled(path)}`);
  if (!parsed || parsed.origin !== new URL(origin).origin || parsed.pathname !== filled(path)) return failed(noUrl);
  const parts = query === undefined ? [] : query.split('&');
  if (![path, ...parts].some(part => part.includes('{key}'))) return failed(invalidSpec('url has no {key}'));
  if (/[{}]/.test(`${path}${parts.join('')}`.replaceAll('{key}', '').replaceAll(/(?<==)\{version\}/g, '')))
    return failed(invalidSpec('url may have no other braces than {key}, and in its query NAME={version}'));
  if (path.includes('{version}') || parts.some(part => /\{version\}./.test(part)))
    return failed(invalidSpec('{version} must be a whole value of the query: ?version={version}'));
  return ok({ origin: parsed.origin, path, query: parts });
}

export const takesVersions = ({ query }: Template): boolean => query.some(hasVersion);

/** The URL of a checked key. A part of the query with `{version}` is there only when a version is asked for. */
export function urlOf({ origin, path, query }: Template, key: string, version: string | undefined): string {
  const segments = key.split('/').map(encodeURIComponent).join('/');
  const parts = query
    .filter(part => version !== undefined || !hasVersion(part))
    .map(part => fill(part, encodeURIComponent(key), encodeURIComponent(version ?? '')));
  return `${origin}${fill(path, segments, '')}${parts.length > 0 ? `?${parts.join('&')}` : ''}`;
}

const hasVersion = (part: string): boolean => part.includes('{version}');

/** Functions, because `$&` in a replacement text would be read as a command. */
const fill = (part: string, key: string, version: string): string =>
  part.replaceAll('{key}', () => key).replaceAll('{version}', () => version);

const filled = (path: string): string => fill(path, 'key', 'version');

const noUrl = invalidSpec('url must be a URL such as https://api.example.com/v1/secrets/{key}');
