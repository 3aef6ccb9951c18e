import type { SecretProperties } from '@azure/keyvault-secrets';
import { unusable } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { ListAnswer, ListRequest } from '../provider.ts';
import { askSdk, type Vault } from './client.ts';
import { type Asked, type Reader, unserved } from './faults.ts';

/** 25 names each, which is the most that the vault gives. */
const maxPages = 1000;

/** The enabled secrets of a vault that the request wants. Names and tags come without values. */
export async function listSecrets(
  vault: Vault,
  reader: Reader,
  request: ListRequest,
  signal: AbortSignal,
): Promise<ListAnswer> {
  const asked: Asked = { ...reader, kind: 'secret', what: 'the list of secrets' };
  const found = await askSdk(vault, signal, client => collect(client.listPropertiesOfSecrets().byPage(), request));
  if (!found.ok) return failed(unserved(asked, found.fault));
  return found.value.ok ? found.value : failed(unusable(`${asked.vault} ${found.value.fault}`));
}

async function collect(
  pages: AsyncIterable<readonly SecretProperties[]>,
  request: ListRequest,
): Promise<Result<readonly string[], string>> {
  const keys: string[] = [];
  let left = maxPages;
  for await (const page of pages) {
    if (left-- === 0) return failed(`has more than ${maxPages * 25} secrets, too many to look through`);
    for (const secret of page) if (isWanted(secret, request)) keys.push(keyOf(secret));
    if (keys.length > request.limit)
      return failed(`has more than ${request.limit} secrets that begin with "${request.prefix}": narrow the prefix`);
  }
  return ok(keys);
}

/** A vault keeps the case in which a name was first written. */
const keyOf = ({ name }: SecretProperties): string => name.toLowerCase();

function isWanted(secret: SecretProperties, { prefix, tags }: ListRequest): boolean {
  const hasTags = Object.entries(tags).every(([name, value]) => secret.tags?.[name] === value);
  return secret.enabled !== false && keyOf(secret).startsWith(prefix) && hasTags;
}
