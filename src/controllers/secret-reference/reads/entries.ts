import type { DataFromEntry } from '../../../api/secret-reference/data-from.ts';
import type { SecretReferenceSpec } from '../../../api/secret-reference/secret-reference.ts';
import type { Entry, KeyRules, Search } from '../nouns/observed.ts';

export const searchesOf = (spec: SecretReferenceSpec): readonly Search[] =>
  spec.dataFrom.flatMap((entry, index) =>
    entry.find === undefined ? [] : [{ ...entry.find, ...wishOf(entry, index), ...keyRules(entry, 'Replace') }],
  );

/** What `data` and `extract` name. */
export function entriesOf(spec: SecretReferenceSpec): readonly Entry[] {
  const pairs = spec.dataFrom.flatMap((entry, index): readonly Entry[] => {
    if (entry.extract === undefined) return [];
    const { key, property, version } = entry.extract;
    return [{ ...wishOf(entry, index), key, property, version, into: { kind: 'pairs', ...keyRules(entry, 'Error') } }];
  });
  const keys = spec.data.map(
    ({ secretKey, remoteRef, sourceRef, optional, default: fallback, decoding }, index): Entry => ({
      origin: { list: 'data', index },
      where: `spec.data[${secretKey}]`,
      key: remoteRef.key,
      property: remoteRef.property,
      version: remoteRef.version,
      sourceRef,
      optional,
      ...(fallback === undefined ? {} : { fallback }),
      decoding,
      onConflict: 'Last',
      into: { kind: 'key', secretKey },
    }),
  );
  return [...pairs, ...keys];
}

/** What extract and find have in common, with what an absent field means. */
const wishOf = (
  { sourceRef, optional = false, decoding = 'None', onConflict = 'Error' }: DataFromEntry,
  index: number,
): Pick<Entry, 'origin' | 'where' | 'sourceRef' | 'optional' | 'decoding' | 'onConflict'> => ({
  origin: { list: 'dataFrom', index },
  where: `spec.dataFrom[${index}]`,
  sourceRef,
  optional,
  decoding,
  onConflict,
});

/** A name that a search finds is often a path; a property is seldom one. */
const keyRules = ({ rewrite = [], invalidKeys }: DataFromEntry, otherwise: KeyRules['invalidKeys']): KeyRules => ({
  rewrite,
  invalidKeys: invalidKeys ?? otherwise,
});
