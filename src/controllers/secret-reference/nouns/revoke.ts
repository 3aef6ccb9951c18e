import { servedId, versionId } from '../../../api/secret-reference/served.ts';
import type { SecretReferenceStatus } from '../../../api/secret-reference/status.ts';
import type { Observed, UsableSource } from './observed.ts';

type Remote = Pick<SecretReferenceStatus['remote'][number], 'source' | 'key' | 'version'>;
type Served = Pick<SecretReferenceStatus, 'target' | 'remote' | 'previous'>;

/** Commands in one message. */
const mostCommands = 5;

/** What whoever revokes has to do. The operator itself never writes to a store. */
export function howToRevoke(observed: Observed, served: Served): string {
  const old = replacedVersions(served);
  const commands = old.flatMap(each => commandFor(each, observed) ?? []);
  const without = new Set(old.filter(each => commandFor(each, observed) === undefined).map(({ source }) => source));
  const hidden = commands.length - mostCommands;
  return [
    'revoke the older value where it is valid, such as at the database',
    ...[...without].map(source => `${source} has no command that disables one version: leave it`),
    ...(commands.length === 0 ? [] : [`then disable it at the store: ${commands.slice(0, mostCommands).join('; ')}`]),
    ...(hidden > 0 ? [`${hidden} more are in status.previous`] : []),
  ].join('; ');
}

/**
 * Versions that were served before, and in whose place there is another one now. Of a remote secret that is not asked for any
 * more nothing is said: the version that was served may be the newest.
 */
export function replacedVersions({ target, remote, previous = [] }: Served): readonly Required<Remote>[] {
  const now = new Set(remote.map(versionId));
  const known = new Set(remote.map(servedId));
  const old = previous
    .filter(({ revision }) => revision !== target?.revision)
    .flatMap(each => each.remote ?? [])
    .flatMap(each => (each.version === undefined ? [] : [{ ...each, version: each.version }]))
    .filter(each => known.has(servedId(each)) && !now.has(versionId(each)));
  return [...new Map(old.map(each => [versionId(each), each])).values()];
}

function commandFor({ source, key, version }: Required<Remote>, observed: Observed): string | undefined {
  const { reads, searches } = observed.wanted.ok ? observed.wanted.value : { reads: [], searches: [] };
  const named = ({ object }: UsableSource): boolean => object.metadata.name === source;
  const asked = [...reads.filter(read => read.key === key), ...reads, ...searches].map(each => each.source);
  const found = [...asked, ...(observed.source === undefined ? [] : [observed.source])].find(named);
  return found?.access.provider.disableCommand?.(key, version);
}
