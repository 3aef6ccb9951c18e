import { absent } from '../../core/fault.ts';
import { failed } from '../../core/result.ts';
import { previousVersion, type ReadAnswer, type ReadRequest } from '../provider.ts';

/**
 * For a store that counts its versions from 1: the number of the newest tells that of the one before. What a newest
 * version that is gone was preceded by is not asked: then the key is gone. One that is gone itself is not stepped over.
 */
export async function readCounted(
  request: ReadRequest,
  store: string,
  read: (request: ReadRequest) => Promise<ReadAnswer>,
): Promise<ReadAnswer> {
  const { key, version } = request;
  if (version !== previousVersion) return read(request);
  const newest = await read({ key });
  if (!newest.ok) return newest;
  const number = Number(newest.value.version);
  if (number > 1) return read({ key, version: `${number - 1}` });
  return failed(absent('VersionNotFound', `${store} has no version of ${key} before its newest`));
}
