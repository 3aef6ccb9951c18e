import { KiB, use } from './growth.ts';
import { hasRepeatedGroup, worstTexts } from './worst-texts.ts';

/**
 * Each turn of a repeated group takes a place on a stack, which ends with an exception. The longest text is an answer of
 * 4 MiB; these only ever see fields and annotations of objects of Kubernetes, of which the largest takes 1.5 MB.
 */
export const onlyInObjects: readonly string[] = [
  'api/fields.ts /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/',
  'api/metadata-rules.ts /^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/',
  'providers/aws/spec.ts /^[a-z]{2,4}(-[a-z]+)+-\\d{1,2}$/',
  'providers/azure-kv/spec.ts /^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-zA-Z-]+(\\.[0-9a-zA-Z-]+)+)$/',
  'providers/azure-kv/spec.ts /^https:\\/\\/[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*(:[0-9]{1,5})?\\/?$/',
  'providers/gcp-sm/spec.ts /^https:\\/\\/[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*(:[0-9]{1,5})?$/',
  'providers/http/spec.ts /^(\\/([^~/]|~[01])*)+$/',
];
export const longest = 4 * KiB * KiB;
export const longestInObjects = 1.5 * KiB * KiB;

/** Whether a text of that length is too much for it. */
export function overflows(regexp: RegExp, length: number): boolean {
  if (!hasRepeatedGroup(regexp)) return false;
  try {
    for (const text of worstTexts(regexp, [''])) use(regexp, text(length));
    return false;
  } catch {
    return true;
  }
}
