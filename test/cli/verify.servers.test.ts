import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { parseGoTemplate } from '../../src/cli/migrate/go-template/parser.ts';
import { isSameYaml, rounds, valuesOf } from '../../src/cli/migrate/verify/verify.ts';
import { installParts } from '../servers/install.ts';
import { parts } from '../servers/parts.ts';
import { documented, given } from './go-templates.ts';

/** `migrate --verify` says what theirs gives: here External Secrets' own engine says it, of the same made-up values. */
const Results = z.array(z.object({ output: z.base64().optional(), error: z.string().optional() }));

/** Beside those that the translation is tested with: each function, and what may not be translated. */
const more = [
  '{{ and .a .b }}|{{ or .a .b }}|{{ not .a }}|{{ empty .a }}',
  '{{ coalesce .a .b }}|{{ ternary "x" "y" (hasPrefix "v" .a) }}',
  '{{ .a | quote }}|{{ squote .a .b }}|{{ printf "%s %v %q %d%%" .a .b .a .b }}',
  '{{ print .a .b 1 2 }}|{{ print 1 2 .a }}',
  '{{ .a | toJson }}|{{ dict "x" .a "y" (list .b 1 true) | toJson }}|{{ . | toRawJson }}',
  '{{ .a | fromJson | toJson }}|{{ (.b | b64dec | fromJson).x.y }}',
  '{{ range $k, $v := (.a | fromJson) }}{{ $k }}={{ $v }};{{ end }}',
  '{{ range (.a | fromJson).list }}[{{ . }}]{{ else }}none{{ end }}',
  '{{ index (.a | fromJson).list 1 }}|{{ get (.a | fromJson) "k" }}|{{ hasKey (.a | fromJson) "k" }}',
  '{{ len .a }}|{{ len (splitList "," .b) }}|{{ .c | int }}|{{ if lt (atoi .c) 10 }}few{{ end }}',
  '{{ $x := .a }}{{ if .b }}{{ $x := .b }}{{ $x }}{{ end }}{{ $x }}',
  '{{ with .a }}{{ . }}{{ $.b }}{{ end }}{{ range $i, $v := splitList "," .a }}{{ $i }}{{ $v }}{{ end }}',
  '{{ .a | replace "" "-" }}|{{ join "," .a }}|{{ .a | nindent 3 }}|{{ .a | sha256sum }}',
  '{{ eq .a "x" "y" }}|{{ ne .a .b }}|{{ lt .a .b }}|{{ ge .a .b }}|{{ contains "-" .a }}|{{ hasSuffix "a" .a }}',
  '{{ .a | filterCertChain "root" }}{{ .a | filterCertChain "leaf" }}{{ .a | filterPEM "CERTIFICATE" }}',
  '{{ .a | jwkPublicKeyPem }}{{ .b | jwkPrivateKeyPem }}',
  '{{ .a | toYaml }}',
  '{{ dict "x" .a "y" (list .b) | toYaml }}',
  '{{ hasKey . "a" }}',
  '{{ ternary "x" "y" .a }}',
  '{{ lt .a 1 }}',
];

test('of every template and each filling of its values, External Secrets gives what our evaluator says', async () => {
  const { externalSecrets } = await installParts([parts.externalSecrets]);
  const said = [...given.templates, ...documented, ...more].flatMap(template =>
    [...rounds(parseGoTemplate(template))].map(({ filling, shapes, expected }) => ({
      template,
      filling,
      values: valuesOf(shapes, filling),
      expected,
    })),
  );
  const checked = said.filter(({ expected }) => expected.kind !== 'not checked');
  const input = checked.map(({ template, values }) => ({
    template,
    values: Object.fromEntries([...values].map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')])),
  }));
  const { stdout, stderr } = spawnSync(externalSecrets, { input: JSON.stringify(input), maxBuffer: 64 * 1024 * 1024 });
  expect(stderr.toString()).toBe('');
  const results = Results.parse(JSON.parse(stdout.toString()));
  expect(results.length).toBe(checked.length);
  expect(checked.length).toBeGreaterThan(200);
  const ofTheirs = results.map(({ output = '', error }) =>
    error === undefined ? Buffer.from(output, 'base64').toString() : 'fails',
  );
  const ofOurs = checked.map(({ expected }) => (expected.kind === 'output' ? expected.output : 'fails'));
  // YAML may be laid out in many ways.
  const isSame = (template: string, ours = '', theirs = '') =>
    ours === theirs || (template.includes('toYaml') && isSameYaml(ours, theirs));
  const wrong = checked.flatMap(({ template, filling: { name } }, at) =>
    isSame(template, ofOurs[at], ofTheirs[at]) ? [] : { template, name, ours: ofOurs[at], theirs: ofTheirs[at] },
  );
  expect(wrong).toEqual([]);
});
