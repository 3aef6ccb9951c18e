import { describe, expect, test } from '@jest/globals';
import { Fields } from '../../src/cli/migrate/fields.ts';
import { Findings } from '../../src/cli/migrate/findings.ts';
import { translateKey, translateText } from '../../src/cli/migrate/go-template/translate.ts';
import { translateTemplate } from '../../src/cli/migrate/template.ts';
import { loadLibraries } from '../../src/template/functions/libraries.ts';
import { render } from '../../src/template/render.ts';
import { authority, exampleValues, issued, text } from '../template/render.ts';
import { given, outputs } from './go-templates.ts';

/** A translated template gives what Go gave. */
async function rendered(template: string): Promise<string> {
  await loadLibraries([template]);
  const result = render({
    data: { x: template },
    labels: {},
    annotations: {},
    values: new Map(Object.entries(given.values).map(([key, value]) => [key, Buffer.from(value)])),
    reference: { name: 'a', namespace: 'b', uid: 'c', labels: {}, annotations: {} },
  });
  return result.ok ? Buffer.from(result.value.data.get('x') ?? []).toString() : `fault: ${result.fault}`;
}

test('each template has an output of Go', () => {
  expect(given.templates.length).toBeGreaterThan(35);
  expect(outputs.length).toBe(given.templates.length);
});

describe('gives what Go gives', () => {
  test.each(given.templates.map((template, at) => [template, outputs[at]]))('%j', async (template = '', output) => {
    const ours = translateText(template);
    expect(ours).toMatchObject({ ok: true });
    expect(await rendered(ours.ok ? ours.value : '')).toBe(output);
  });
});

describe('what has no counterpart is named', () => {
  test.each([
    ['{{ . }}', 'say toJson'],
    ['{{ .user | trunc 3 }}', 'the function trunc'],
    ['{{ and .user .password }}', 'give one of their values'],
    ['{{ or .user .password }}:{{ .host }}', 'give one of their values'],
    ['{{ bcrypt .password }}', 'the function bcrypt'],
    ['{{ .user.name }}', '.name of a text'],
    ['{{ define "x" }}{{ end }}', '{{ define }}'],
    ['{{ template "x" . }}', '{{ template }}'],
    ['{{ $x = 1 }}', 'a variable that changes'],
    ['{{ $nope }}', 'the variable $nope'],
    ['{{ range $i, $x := list 1 2 }}{{ $i }}{{ end }}', 'range with an index'],
    ['{{ range (.json | fromJson) }}{{ . }}{{ end }}', 'a list or a map'],
    ['{{ printf "%05d" 3 }}', 'printf with %05d'],
    ['{{ if .user }}', 'a block has no end'],
    ['{{ .user }}{{ end }}', 'an end or else too many'],
    ['{{ .user', 'no }} that closes it'],
    ['{{ "a }}', 'a text in " " has no end'],
    ['{{ "\\x41" }}', 'an escape that only Go knows'],
    ['{{ (.user }}', 'a bracket is not closed'],
    ['{{ .user | }}', 'an empty part'],
    ['{{ .user ; .user }}', 'the character ";"'],
    ['{{ constructor }}', 'the function constructor'],
    ['{{ "(" }}'.replace('"("', '('.repeat(100)), 'nested more than 32 deep'],
    ['{{ if .a }}'.repeat(100), 'nested more than 32 deep'],
    ['x'.repeat(300_000), 'longer than 256 KiB'],
  ])('%.40s', (template, reason) => {
    expect(translateText(template)).toEqual({ ok: false, fault: expect.stringContaining(reason) });
  });
});

test.each([
  ['{{ .value | upper }}', 'upper(key)'],
  ['db_{{ .value }}', '"db_" + key'],
  ['{{ .value | replace "-" "_" | lower }}', 'lower(key.replace("-", "_"))'],
])('a rewrite by %s is an expression over key', (template, expression) => {
  expect(translateKey(template)).toEqual({ ok: true, value: expression });
});

test('a value of a rewrite is not there', () => {
  expect(translateKey('{{ .user }}')).toEqual({ ok: false, fault: 'the field .user' });
});

describe('templateFrom', () => {
  const from = (source: unknown) => {
    const findings = new Findings({ file: 'a.yaml', object: 'ExternalSecret a' });
    const configMap = (name: string) =>
      name === 'templates' ? { 'a.conf': 'user={{ .user }}', other: '{{ .x }}' } : undefined;
    const around = { findings, configMap, spell: (_: unknown, key: string) => key, adopt: undefined };
    const theirs = { templateFrom: [source], data: { 'b.conf': '{{ .password }}' } };
    const ours = translateTemplate(new Fields(theirs, 'spec.target.template'), around);
    return { data: ours?.data, levels: findings.all.map(({ level }) => level) };
  };

  test.each([
    [
      'a ConfigMap among the files is copied',
      { configMap: { name: 'templates', items: [{ key: 'a.conf' }] } },
      ['note'],
    ],
    ['one that is not is left', { configMap: { name: 'elsewhere', items: [{ key: 'a.conf' }] } }, ['left']],
    [
      'keys out of its lines are left',
      { configMap: { name: 'templates', items: [{ key: 'a.conf', templateAs: 'KeysAndValues' }] } },
      ['left'],
    ],
    ['labels are left', { configMap: { name: 'templates', items: [{ key: 'a.conf' }] }, target: 'Labels' }, ['left']],
    ['a literal is left', { literal: 'a: {{ .user }}' }, ['left']],
  ])('%s', (_, source, levels) => {
    const copied = levels[0] === 'note' ? { 'a.conf': 'user=$(user)' } : {};
    expect(from(source)).toEqual({ data: { ...copied, 'b.conf': '$(password)' }, levels });
  });
});

test('labels made of values leave the values as they are', () => {
  const findings = new Findings({ file: 'a.yaml', object: 'ExternalSecret a' });
  const around = { findings, configMap: () => undefined, spell: (_: unknown, key: string) => key, adopt: undefined };
  const theirs = new Fields({ metadata: { labels: { of: '{{ .user }}', plain: 'x' } } }, 'spec.target.template');
  expect(translateTemplate(theirs, around)).toEqual({ labels: { of: '$(user)' }, mergePolicy: 'Merge' });
});

describe('certificates and keys: what was translated gives what it should', () => {
  test.each([
    ['{{ index . "tls.crt" | filterPEM "CERTIFICATE" }}', 'authority and leaf'],
    ['{{ index . "tls.crt" | filterCertChain "leaf" }}', 'leaf'],
    ['{{ index . "tls.crt" | filterCertChain "intermediate" }}', 'authority'],
    ['{{ printf "%s%s" .both (index . "tls.crt") | filterPEM "PRIVATE KEY" }}', 'key'],
    [
      '{{ fullPemToPkcs12Pass (index . "tls.crt") (index . "tls.key") .password | b64dec | pkcs12certPass .password | filterCertChain "leaf" }}',
      'leaf',
    ],
    ['{{ pemTruststoreToPKCS12Pass .ca .password | b64dec | pkcs12certPass .password }}', 'authority'],
    [
      '{{ fullPemToPkcs12Pass (index . "tls.crt") (index . "tls.key") .password | b64dec | pkcs12keyPass .password }}',
      'PKCS#8 key',
    ],
  ])('%s is the %s', async (template, what) => {
    const ours = translateText(template);
    expect(ours).toMatchObject({ ok: true });
    const values = { ...exampleValues, both: issued.key, ca: authority.certificate };
    const expected: Readonly<Record<string, string>> = {
      'authority and leaf': authority.certificate + issued.certificate,
      leaf: issued.certificate,
      authority: authority.certificate,
      key: issued.key,
      'PKCS#8 key': await text('$(pem.key(both, "pkcs8"))', values),
    };
    expect((await text(ours.ok ? ours.value : '', values)).trim()).toBe(expected[what]?.trim());
  });
});
