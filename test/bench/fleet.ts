/** Where one reference of the bench lives, and the path that it reads. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
  /** Below the mount of the store. */
  readonly key: string;
}

/** Many references, spread evenly over namespaces; each has a path of its own. */
export interface Fleet {
  readonly size: number;
  readonly namespaces: readonly string[];
  at(index: number): Place;
}

export function fleetOf(prefix: string, size: number, namespaceCount: number): Fleet {
  const namespaces = Array.from({ length: namespaceCount }, (_, index) => `${prefix}-${digits(index, 2)}`);
  const at = (index: number): Place => {
    const namespace = `${prefix}-${digits(index % namespaceCount, 2)}`;
    const name = `app-${digits(index, 5)}`;
    return { namespace, name, key: `${namespace}/${name}` };
  };
  return { size, namespaces, at };
}

const digits = (value: number, width: number): string => String(value).padStart(width, '0');

/** As objects name themselves in watches: `bench-00/app-00000`. */
export const idOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;
