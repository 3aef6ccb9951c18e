import { collect, mapOk, type Result } from '../../core/result.ts';
import { credentialText } from '../kit/credentials.ts';
import type { ProviderPorts } from '../provider.ts';
import type { AwsIdentity } from './identity.ts';
import type { StaticKeysAuth } from './spec.ts';

/** Keys that somebody made. Whether they are good shows at the first call. */
export async function staticKeys(
  { accessKeyIdRef, secretAccessKeyRef, sessionTokenRef }: StaticKeysAuth,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<AwsIdentity>> {
  const fields = [accessKeyIdRef, secretAccessKeyRef, sessionTokenRef].filter(field => field !== undefined);
  const texts = collect(await Promise.all(fields.map(field => credentialText(ports, field, signal))));
  return mapOk(texts, ([accessKeyId = '', secretAccessKey = '', sessionToken]) => ({
    keys: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    who: `the access key in Secret "${accessKeyIdRef.name}"`,
  }));
}
