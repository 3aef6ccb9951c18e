import { absent, invalidSpec, unusable } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type {
  ListAnswer,
  ListRequest,
  Machine,
  ProviderPorts,
  ProviderSession,
  ReadAnswer,
  ReadRequest,
} from '../provider.ts';
import { openShelf, type Shelf } from './shelf.ts';
import type { LocalSpec } from './spec.ts';

/** Nobody is asked for leave: files are as readable as the user who runs the command can read them. */
export async function login(spec: LocalSpec, { machine }: ProviderPorts): Promise<Result<ProviderSession>> {
  if (machine === undefined) return failed(invalidSpec('spec.provider.local is for commands on a laptop: use a store'));
  return ok({
    read: async request => read(spec, machine, request),
    list: async request => list(spec, machine, request),
    close: async () => undefined,
  });
}

/** Files are opened at each read, so that a watcher or editor may change them at any time. */
async function read(spec: LocalSpec, machine: Machine, { key, version }: ReadRequest): Promise<ReadAnswer> {
  const shelf = await openShelf(spec, machine);
  if (!shelf.ok) return shelf;
  return within(shelf.value, ({ name, find }) => {
    const value = find(key);
    if (value === undefined) return failed(absent('KeyNotFound', `${name} has no ${key}`));
    if (version === undefined) return ok({ value });
    return failed(absent('VersionNotFound', `${name} has no versions: remove remoteRef.version`));
  });
}

async function list(spec: LocalSpec, machine: Machine, { prefix, tags, limit }: ListRequest): Promise<ListAnswer> {
  if (Object.keys(tags).length > 0) return failed(invalidSpec('find.tags: the provider local has no tags'));
  const shelf = await openShelf(spec, machine);
  if (!shelf.ok) return shelf;
  return within(shelf.value, ({ name, keys }) => {
    const found = keys().filter(key => key.startsWith(prefix));
    if (found.length <= limit) return ok(found);
    return failed(unusable(`${name} has more than ${limit} such keys: narrow find.prefix`));
  });
}

function within<T>(shelf: Shelf, use: (shelf: Shelf) => T): T {
  try {
    return use(shelf);
  } finally {
    shelf.close();
  }
}
