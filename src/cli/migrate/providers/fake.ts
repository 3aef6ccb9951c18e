import { defined, type TranslateProvider } from './store.ts';

/** Values in the spec, for tests. The newest is the one without a version; here it is the last of its key. */
export const fake: TranslateProvider = theirs => {
  const data = theirs.list('data').map(entry => ({
    key: entry.text('key'),
    value: entry.text('value'),
    version: entry.text('version'),
  }));
  const newestLast = data.toSorted((a, b) => Number(a.version === undefined) - Number(b.version === undefined));
  return { provider: { fake: { data: newestLast.map(defined) } } };
};
