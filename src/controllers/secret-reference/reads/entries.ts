import type { SecretReferenceSpec } from '../../../api/secret-reference.ts';
import type { Entry, Search } from '../nouns/observed.ts';

export const searchesOf = (spec: SecretReferenceSpec): readonly Search[] =>
  spec.dataFrom.flatMap(({ find, sourceRef, optional = false }, index) =>
    find === undefined ? [] : [{ ...find, ...fromData(index), sourceRef, optional }],
  );

/** What `data` and `extract` name. */
export function entriesOf(spec: SecretReferenceSpec): readonly Entry[] {
  const pairs = spec.dataFrom.flatMap(({ extract, sourceRef, optional = false }, index): readonly Entry[] =>
    extract === undefined
      ? []
      : [
          {
            ...fromData(index),
            key: extract.key,
            property: extract.property,
            version: extract.version,
            sourceRef,
            optional,
            into: { kind: 'pairs' },
          },
        ],
  );
  const keys = spec.data.map(
    ({ secretKey, remoteRef, sourceRef, optional, decoding }, index): Entry => ({
      origin: { list: 'data', index },
      where: `spec.data[${secretKey}]`,
      key: remoteRef.key,
      property: remoteRef.property,
      version: remoteRef.version,
      sourceRef,
      optional,
      into: { kind: 'key', secretKey, decoding },
    }),
  );
  return [...pairs, ...keys];
}

const fromData = (index: number): Pick<Entry, 'origin' | 'where'> => ({
  origin: { list: 'dataFrom', index },
  where: `spec.dataFrom[${index}]`,
});
