import type { Find, SecretReferenceSpec, SourceRef } from '../../api/secret-reference.ts';

/** One wish of the spec, of `data` or of `dataFrom`, in the one form that the later steps know. */
export interface Entry {
  /** Where it stands, for messages: `spec.data[DB_PASSWORD]`, `spec.dataFrom[0]`. */
  readonly where: string;
  readonly key: string;
  readonly property: string | undefined;
  readonly version: string | undefined;
  readonly sourceRef: SourceRef | undefined;
  readonly optional: boolean;
  readonly into: Into;
}

/** One key of the Secret, or all pairs of a remote secret. */
export type Into =
  | { readonly kind: 'key'; readonly secretKey: string; readonly decoding: 'None' | 'Base64' | 'Base64URL' }
  | { readonly kind: 'pairs' };

/** One `find` of `dataFrom`: entries that are known only when the store has been asked for its keys. */
export interface Search extends Find {
  /** `spec.dataFrom[0]`. */
  readonly where: string;
  readonly sourceRef: SourceRef | undefined;
  /** Nothing found is no fault. */
  readonly optional: boolean;
}

export const searchesOf = (spec: SecretReferenceSpec): readonly Search[] =>
  spec.dataFrom.flatMap(({ find, sourceRef, optional = false }, index) =>
    find === undefined ? [] : [{ ...find, where: `spec.dataFrom[${index}]`, sourceRef, optional }],
  );

/** `dataFrom` first: what comes later wins, and a key that is named by itself wins over extracted ones. */
export function entriesOf(spec: SecretReferenceSpec): readonly Entry[] {
  const pairs = spec.dataFrom.flatMap(({ extract, sourceRef, optional = false }, index): readonly Entry[] =>
    extract === undefined
      ? []
      : [
          {
            where: `spec.dataFrom[${index}]`,
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
    ({ secretKey, remoteRef, sourceRef, optional, decoding }): Entry => ({
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
