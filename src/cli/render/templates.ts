import { kindOf, nameOf } from '../../controllers/secret-reference/nouns/template-objects.ts';
import type { ReadTemplates } from '../../controllers/secret-reference/ports.ts';
import { ok } from '../../core/result.ts';
import { isJsonObject, type JsonObject } from '../../core/untyped.ts';
import { textsIn } from '../../kube/cluster-access.ts';
import type { Manifest } from './manifests.ts';

/** Templates of `target.template.from`, out of the files. */
export const templatesOf =
  (manifests: readonly Manifest[]): ReadTemplates =>
  async (from, namespace) => {
    const [kind, name] = [kindOf(from), nameOf(from)];
    const file = manifests.find(each => each.kind === kind && each.namespace === namespace && each.name === name);
    return ok(textsIn(kind, file && withStringData(file.object)));
  };

/** The API server moves the texts of a Secret to its data. */
function withStringData({ data, stringData, ...object }: JsonObject): JsonObject {
  if (!isJsonObject(stringData)) return { ...object, data };
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(`${text}`).toString('base64')]);
  return { ...object, data: { ...(isJsonObject(data) ? data : {}), ...Object.fromEntries(encoded) } };
}
