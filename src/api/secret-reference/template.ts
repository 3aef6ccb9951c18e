import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, type Rule, withRules } from '../../schema/rule.ts';
import { objectName, stringMap } from '../fields.ts';
import { noReservedKeys, validKeys } from '../metadata-rules.ts';

/** `target.template`: text with CEL in `$( )`, made of the values. */

const keyPattern = '^[-._a-zA-Z0-9]{1,253}$';
const keyExpression = new RegExp(keyPattern);
const secretKeys: Rule<Readonly<Record<string, string>>> = {
  cel: `self.all(k, k.matches('${keyPattern}') && k != '.' && !k.startsWith('..'))`,
  message: 'each key must consist of letters, digits, "-", "_" and ".", at most 253, and must not begin with ".."',
  holds: map => Object.keys(map).every(isSecretKey),
};

/** As the API server takes it (IsConfigMapKey in k8s.io/apimachinery). */
export const isSecretKey = (key: string): boolean => keyExpression.test(key) && key !== '.' && !key.startsWith('..');

const text = z.string().max(64 * 1024);
const TemplateObject = z.object({
  name: objectName.meta({ description: 'Name of the object, in the namespace of the reference.' }),
});

const From = withRules(
  z.object({
    configMap: TemplateObject.exactOptional().meta({ description: 'A ConfigMap whose texts are templates.' }),
    secret: TemplateObject.exactOptional().meta({ description: 'A Secret whose texts are templates.' }),
  }),
  exactlyOne('configMap', 'secret'),
);
export type TemplateFrom = Parsed<typeof From>;

export const TemplateSpec = z
  .object({
    data: withRules(stringMap(text, 64), secretKeys).exactOptional().meta({
      description:
        'Keys of the Secret, each with its text: $(password) is the value under the key password, $(data["tls.crt"]) one whose key is no name. All templates together have at most 64 KiB.',
    }),
    labels: withRules(stringMap(z.string().max(4096), 64), validKeys, noReservedKeys)
      .exactOptional()
      .meta({
        description:
          'Labels of the Secret, made of the values, which anybody can read there: never of a secret one. They win over target.labels.',
      }),
    annotations: withRules(stringMap(z.string().max(4096), 64), validKeys, noReservedKeys)
      .exactOptional()
      .meta({
        description:
          'Annotations of the Secret, made of the values, which anybody can read there: never of a secret one. They win over target.annotations.',
      }),
    from: z.array(From).max(8).exactOptional().meta({
      description:
        'More templates for data: each key of a ConfigMap or Secret that carries the label shearline.dev/template: "true". Later ones win over earlier ones, and data over all. A change renders again.',
      'x-kubernetes-list-type': 'atomic',
    }),
    mergePolicy: z.enum(['Replace', 'Merge']).exactOptional().meta({
      description:
        'Replace (default): the Secret has the keys of the templates only. Merge: beside the values, over which templates win.',
    }),
  })
  .meta({
    description:
      'What the Secret holds is made of the values by templates: text with CEL expressions in $( ); $$( is the text $(. docs/templates.md has the functions.',
  });
export type TemplateSpec = Parsed<typeof TemplateSpec>;

/** Whether a template may look at labels or annotations of its reference, which change without a new generation. */
export const showsMetadata = (template: TemplateSpec | undefined): boolean =>
  template !== undefined &&
  ((template.from ?? []).length > 0 ||
    [template.data, template.labels, template.annotations].some(texts =>
      Object.values(texts ?? {}).some(each => each.includes('reference')),
    ));
