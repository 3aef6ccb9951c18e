import { describe, expect, test } from '@jest/globals';
import { parseGoTemplate } from '../../src/cli/migrate/go-template/parser.ts';
import { translateText } from '../../src/cli/migrate/go-template/translate.ts';
import { evaluate } from '../../src/cli/migrate/verify/evaluate.ts';
import { goFunctions } from '../../src/cli/migrate/verify/go-functions.ts';
import { goValueOf } from '../../src/cli/migrate/verify/go-values.ts';
import { verify } from '../../src/cli/migrate/verify/verify.ts';
import { cli } from './cli.ts';
import { documented, given, outputs } from './go-templates.ts';

const sandboxWorker = new URL('../../src/sandbox-worker.ts', import.meta.url);

describe('our evaluator of Go templates gives what Go gave', () => {
  /** Go's zero value, where the recordings have no `missingkey=error`. */
  const root = goValueOf({ ...given.values, nope: '' });

  test.each(given.templates.map((template, at) => [template, outputs[at]]))('%j', (template = '', output = '') => {
    const all =
      template.includes('range $k, $v := .') || template.includes('range . ') ? goValueOf(given.values) : root;
    expect(evaluate(parseGoTemplate(template), all, goFunctions)).toBe(output);
  });
});

/** All at once: they share a thread. */
const verified = async (pairs: readonly (readonly [theirs: string, ours: string])[]) =>
  (
    await verify(
      pairs.map(([theirs, ours]) => ({ object: 'a', field: theirs, theirs, ours })),
      sandboxWorker,
    )
  ).map(({ result, why }) => ({ result, why }));

describe('what was translated is verified with hostile values:', () => {
  const all = [...given.templates, ...documented];
  const ours = all.map(theirs => translateText(theirs));
  const verdicts = verified(all.map((theirs, at) => [theirs, ours[at]?.ok ? ours[at].value : '']));

  test.each(all.map((theirs, at) => [theirs, at] as const))('%j', async (theirs, at) => {
    const verdict = (await verdicts)[at];
    // Whoever adds one that cannot be checked says so here.
    const isUnchecked = /htpasswd|[pP]kcs12|PKCS12|toToml/.test(theirs);
    expect(verdict).toMatchObject({ result: isUnchecked ? 'not checked' : 'same' });
  });
});

describe('a translation that is wrong is found:', () => {
  const wrong: readonly (readonly [what: string, theirs: string, ours: string])[] = [
    ['a value that is not escaped', '{{ .p | urlquery }}', '$(p)'],
    ['one that is taken for another', '{{ .a }}{{ .b }}', '$(b)$(a)'],
    ['one that is trimmed', '{{ .a }}', '$(trim(a))'],
    ['a text that is missing', 'user={{ .a }}', '$(a)'],
    ['a fallback that is another', '{{ .a | default "x" }}', '$(a == "" ? "y" : a)'],
    [
      'a condition that is turned round',
      '{{ if eq .env "prod" }}p{{ else }}d{{ end }}',
      '$(env == "prod" ? "d" : "p")',
    ],
    ['a field of JSON that is another', '{{ (.j | fromJson).a.b }}', '$(json.decode(j)["a"]["c"])'],
    ['base64 that is not decoded', '{{ .a | b64dec }}', '$(a)'],
    ['another part of a chain', '{{ .a | filterCertChain "leaf" }}', '$(pem.ca(a))'],
    ['a template that is refused', '{{ .a }}', '$(a'],
    ['YAML that says something else', '{{ dict "a" .a | toYaml }}', '$(yaml.encode({"a": a + "x"}))'],
  ];
  const verdicts = verified(wrong.map(([, theirs, ours]) => [theirs, ours]));

  test.each(wrong.map(([what], at) => [what, at] as const))('%s', async (_, at) => {
    expect((await verdicts)[at]).toMatchObject({ result: 'differs', why: expect.any(String) });
  });
});

const manifest = (data: Readonly<Record<string, string>>, label = '{{ .user }}') =>
  JSON.stringify({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'a', namespace: 'etl' },
    spec: {
      dataFrom: [{ extract: { key: 'db' }, rewrite: [{ transform: { template: 'db_{{ .value | upper }}' } }] }],
      target: { template: { metadata: { labels: { of: label } }, data } },
    },
  });

test('--verify has a line for each template, also of labels and rewrites, and ends with 0 when none differs', async () => {
  const stdin = manifest({ url: 'db://{{ .user }}:{{ .p | urlquery }}', hash: '{{ htpasswd .user .p }}' });
  const { code, err } = await cli(['migrate', 'external-secrets', '-', '--verify'], { stdin });
  expect(err.split('\n').filter(line => /^(same|DIFF|\?\?\?\?|Templates)/.test(line))).toEqual([
    'same  ExternalSecret etl/a: spec.dataFrom[0].rewrite[0].transform.template',
    'same  ExternalSecret etl/a: spec.target.template.data.url: a space in a URL is %20 here, + there',
    '????  ExternalSecret etl/a: spec.target.template.data.hash: it has new random bytes each time',
    'same  ExternalSecret etl/a: spec.target.template.metadata.labels.of',
    'Templates: 3 give the same as theirs, 0 differ, 1 were not checked.',
  ]);
  expect(code).toBe(0);
});

test('one that differs ends with 1, and no made-up value is shown', async () => {
  // Their indexes of texts are bytes, ours have none: nothing is left at the translation.
  const stdin = manifest({ x: '{{ printf "%d" .user }}' });
  const { code, err } = await cli(['migrate', 'external-secrets', '-', '--verify', '-o', 'json'], { stdin });
  const report: { readonly verified: readonly { readonly field: string; readonly result: string }[] } = JSON.parse(err);
  expect(report.verified).toContainEqual({
    object: 'ExternalSecret etl/a',
    field: 'spec.target.template.data.x',
    result: 'differs',
    why: expect.stringMatching(
      /^with hostile values: \d+ bytes of theirs, \d+ of ours, the first other one is number 1$/,
    ),
  });
  expect([code, err]).toEqual([1, expect.not.stringContaining('value-of')]);
});
