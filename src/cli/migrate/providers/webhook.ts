import type { JsonObject } from '../../../core/untyped.ts';
import type { Fields } from '../fields.ts';
import { caBundle, defined, type Store, type TranslateProvider } from './store.ts';

/** A webhook that is one GET becomes our `http`. Whatever else it does is for a human. */
export const webhook: TranslateProvider = (theirs, store) => {
  if ((theirs.text('method') ?? 'GET') !== 'GET') {
    store.findings.left(theirs.at('method'), 'http reads by GET only');
    return undefined;
  }
  theirs.raw('timeout'); // ours have deadlines of their own
  const url = withKey(theirs.text('url') ?? '');
  const path = theirs.object('result').text('jsonPath');
  return {
    provider: {
      http: defined({
        url,
        headers: headers(theirs, store),
        caBundle: caBundle(theirs, store),
        result: path === undefined || path === '$' ? undefined : { pointer: pointer(path, theirs, store) },
      }),
    },
  };
};

/** `{{ .remoteRef.key }}` in any spacing, with a filter for URLs or none. */
const withKey = (url: string): string =>
  url
    .replaceAll(/\{\{-?\s*\.remoteRef\.key\s*(\|\s*urlquery\s*)?-?\}\}/g, '{key}')
    .replaceAll(/\{\{-?\s*\.remoteRef\.version\s*-?\}\}/g, '{version}');

function headers(theirs: Fields, store: Store): readonly JsonObject[] | undefined {
  const all = Object.entries(theirs.map('headers'));
  const templated = all.filter(([, value]) => value.includes('{{'));
  for (const [name] of templated)
    store.findings.left(
      theirs.at(`headers.${name}`),
      'a header with a secret: use headers[].secretRef, or auth.bearer',
    );
  const plain = all.filter(([, value]) => !value.includes('{{')).map(([name, value]) => ({ name, value }));
  return plain.length > 0 ? plain : undefined;
}

/** `$.data.value` is the pointer /data/value. Anything that searches has none. */
function pointer(path: string, theirs: Fields, store: Store): string | undefined {
  if (/^\$(\.[A-Za-z0-9_-]+|\[\d+\])+$/.test(path)) return path.slice(1).replaceAll(/[.[]/g, '/').replaceAll(']', '');
  store.findings.left(theirs.at('result.jsonPath'), 'only a path of names and indices has a JSON pointer');
  return undefined;
}
