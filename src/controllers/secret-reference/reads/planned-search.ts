import { invalidSpec } from '../../../core/fault.ts';
import { collect, failed, flatMap, ok, type Result } from '../../../core/result.ts';
import type { PlannedSearch, Search, UsableSource } from '../nouns/observed.ts';

export const plannedSearches = (
  searches: readonly (Search & { readonly source: Result<UsableSource> })[],
): Result<readonly PlannedSearch[]> =>
  collect(
    searches.map(search =>
      flatMap(search.source, source =>
        source.access.provider.capabilities.includes('list')
          ? ok({ ...search, source, prefix: source.access.provider.canonicalPrefix(search.prefix) })
          : failed(cannotList(search, source)),
      ),
    ),
  );

const cannotList = ({ where }: Search, { access }: UsableSource) =>
  invalidSpec(`${where}.find: ${access.label} cannot list its keys; name them in spec.data or with extract`);
