/** `namespace/name`; cluster-scoped objects have the empty namespace: `/name`. */
export type ObjectKey = `${string}/${string}`;

export const objectKey = (namespace: string, name: string): ObjectKey => `${namespace}/${name}`;

export function splitKey(key: ObjectKey): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
