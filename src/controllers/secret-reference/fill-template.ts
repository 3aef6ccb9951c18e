import { isLabelValue } from '../../api/metadata-rules.ts';
import { isSecretKey, type TemplateSpec } from '../../api/secret-reference/template.ts';
import { unusable } from '../../core/fault.ts';
import { quoted } from '../../core/quoted.ts';
import { andThen, collect, failed, flatMap, ok, type Result } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import type { Sandbox } from '../../sandbox/task.ts';
import { type Rendered, renderTemplate } from '../../template/task.ts';
import type { Material } from './nouns/desired.ts';
import type { Observed } from './nouns/observed.ts';
import { kindOf, nameOf, notFound, visibleMetadata } from './nouns/template-objects.ts';
import type { ReadTemplates } from './ports.ts';

/** What the templates of the spec make of the values; without a template, the values themselves. All or nothing. */
export async function fillTemplate(
  { key, namespace, reference }: Observed,
  template: TemplateSpec | undefined,
  material: Material,
  { readTemplates, sandbox }: { readonly readTemplates: ReadTemplates; readonly sandbox: Sandbox },
  signal: AbortSignal,
): Promise<Result<Material>> {
  if (template === undefined || material.missing !== undefined) return ok(material);
  const { from = [], labels = {}, annotations = {} } = template;
  const read = collect(
    await Promise.all(
      from.map(async each =>
        flatMap(await readTemplates(each, namespace.name, signal), texts =>
          texts === undefined ? failed(notFound(each, namespace.name)) : ok(texts),
        ),
      ),
    ),
  );
  return andThen(
    flatMap(read, texts => dataOf(template, texts)),
    async data => {
      const { name, uid } = reference.metadata;
      const values = new Map([...material.data].map(([each, value]) => [each, value.reveal()]));
      const shown = { name, namespace: namespace.name, uid, ...visibleMetadata(reference.metadata) };
      const input = { data, labels, annotations, values, reference: shown };
      const ran = await sandbox.run(renderTemplate, input, { reference: key, where: 'spec.target.template', signal });
      return flatMap(ran, rendered =>
        rendered.ok ? filled(template, material, rendered.value) : failed(unusable(rendered.fault)),
      );
    },
  );
}

/** Later objects win over earlier ones, and what the spec itself says over all. */
function dataOf(
  { from = [], data = {} }: TemplateSpec,
  texts: readonly Readonly<Record<string, string>>[],
): Result<Readonly<Record<string, string>>> {
  const wrong = texts.flatMap((each, at) => Object.keys(each).map(name => ({ name, from: from[at] })));
  const unfit = wrong.find(({ name }) => !isSecretKey(name));
  if (unfit?.from === undefined) return ok(Object.assign({}, ...texts, data));
  const { name, from: where } = unfit;
  return failed(
    unusable(
      `spec.target.template.from: ${kindOf(where)} ${nameOf(where)} has ${quoted(name)}, which cannot be a key of a Secret`,
    ),
  );
}

function filled(template: TemplateSpec, material: Material, { data, labels, annotations }: Rendered): Result<Material> {
  const [wrong] = Object.entries(labels).find(([, text]) => !isLabelValue(text)) ?? [];
  if (wrong !== undefined)
    return failed(
      unusable(
        `spec.target.template.labels[${wrong}] gives what cannot be a label: letters, digits, "-", "_" and ".", at most 63`,
      ),
    );
  if (bytesIn(annotations) > mostAnnotations)
    return failed(unusable('spec.target.template.annotations give more than the 256 KiB that an object can have'));
  const made = new Map([...data].map(([name, bytes]) => [name, new SecretValue(bytes)]));
  const replaces = template.mergePolicy !== 'Merge' && (template.data ?? template.from) !== undefined;
  return ok({ ...material, data: replaces ? made : new Map([...material.data, ...made]), labels, annotations });
}

const mostAnnotations = 256 * 1024;

const bytesIn = (annotations: Readonly<Record<string, string>>): number =>
  Object.entries(annotations).reduce((sum, each) => sum + Buffer.byteLength(each.join('')), 0);
