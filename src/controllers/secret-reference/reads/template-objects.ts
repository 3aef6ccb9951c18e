import type { SecretReferenceSpec } from '../../../api/secret-reference/secret-reference.ts';
import type { TemplateFrom, TemplateSpec } from '../../../api/secret-reference/template.ts';
import { invalidSpec } from '../../../core/fault.ts';
import { objectKey } from '../../../core/object-key.ts';
import { collect, failed, flatMap, ok, type Result } from '../../../core/result.ts';
import { checkTemplate } from '../../../template/parse.ts';
import { kindOf, nameOf, notFound, type TemplateObject } from '../nouns/template-objects.ts';
import type { Caches } from '../ports.ts';

/** The objects that templates come from, in their order, for templates that can be read. */
export function templateObjects(
  { target: { template } }: SecretReferenceSpec,
  namespace: string,
  { templates }: Pick<Caches, 'templates'>,
): Result<readonly TemplateObject[]> {
  if (template === undefined) return ok([]);
  const find = (from: TemplateFrom): Result<TemplateObject> => {
    const kind = kindOf(from);
    const found = templates[kind].get(objectKey(namespace, nameOf(from)));
    return found === undefined ? failed(notFound(from, namespace)) : ok({ kind, metadata: found.metadata });
  };
  return flatMap(checked(template), () => collect((template.from ?? []).map(find)));
}

/** A reconcile does not read the same text again. */
const known = new WeakMap<TemplateSpec, Result<void>>();

function checked(template: TemplateSpec): Result<void> {
  const answer = known.get(template) ?? check(template);
  known.set(template, answer);
  return answer;
}

function check({ data, labels, annotations }: TemplateSpec): Result<void> {
  for (const [part, texts] of Object.entries({ data, labels, annotations }))
    for (const [key, text] of Object.entries(texts ?? {})) {
      const parsed = checkTemplate(text);
      if (!parsed.ok) return failed(invalidSpec(`spec.target.template.${part}[${key}]: ${parsed.fault}`));
    }
  return ok(undefined);
}
