import { describe, expect, test } from '@jest/globals';
import { lintFiles } from '../../src/cli/lint/check.ts';

/** What is a secret in plaintext, and what only looks like one. Each row is a file and its lines with a finding. */
const canary = 'hK7-qw9Zr2-Xp4'; // a password as a person makes it
const random = 'q8Zr2mXp4Ks9Lw3Tn7Vb';

function linesWith(name: string, text: string): readonly number[] {
  const found = lintFiles([{ name, text }]);
  for (const { rule, message } of found) {
    expect(rule).toBe('plaintext-secret');
    expect(message).not.toContain(canary);
    expect(message).not.toContain(random);
  }
  return found.map(({ line }) => line);
}

const pem = '-----BEGIN RSA PRIVATE KEY-----'; // shearline:ignore

describe('found', () => {
  test.each<readonly [what: string, file: string, text: string, lines: readonly number[]]>([
    ['Helm values', 'values.yaml', `postgresql:\n  auth:\n    password: ${canary}\n    username: etl\n`, [3]],
    ['a number as a password', 'values.yaml', 'redis:\n  password: 123456\n', [2]],
    ['camelCase', 'values.yaml', `dbPassword: ${canary}\nkeyStorePassword: ${canary}\n`, [1, 2]],
    [
      'the environment of a Pod',
      'pod.yaml',
      `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - env:\n        - name: DB_PASSWORD\n          value: ${canary}\n`,
      [7],
    ],
    [
      'arguments of a Deployment',
      'deployment.yaml',
      `kind: Deployment\nspec:\n  args:\n    - --db-password=${canary}\n    - --port=5432\n`,
      [4],
    ],
    [
      'a SparkApplication',
      'spark.yaml',
      `kind: SparkApplication\nspec:\n  sparkConf:\n    spark.hadoop.fs.s3a.secret.key: ${random}\n    spark.hadoop.fs.azure.account.key.etl.dfs.core.windows.net: ${random}\n    spark.ssl.keyPassword: ${canary}\n  driver:\n    env:\n      - {name: TOKEN, value: ${random}}\n`,
      [4, 5, 6, 9],
    ],
    [
      'an Airflow connection',
      'connections.yaml',
      `warehouse:\n  conn_type: postgres\n  login: etl\n  password: ${canary}\n  extra: '{"aws_secret_access_key": "${random}"}'\n`,
      [4, 5],
    ],
    [
      'Airflow by URI',
      'values.yaml',
      `env:\n  - name: AIRFLOW_CONN_DB\n    value: postgresql://etl:${canary}@db:5432/dw\n  - name: AIRFLOW__CORE__FERNET_KEY\n    value: ${random}\n`,
      [3, 5],
    ],
    ['airflow.cfg', 'airflow.cfg', `[core]\nfernet_key = ${random}\nexecutor = KubernetesExecutor\n`, [2]],
    ['dbt', 'profiles.yml', `etl:\n  outputs:\n    dev:\n      type: postgres\n      pass: ${canary}\n`, [5]],
    [
      'Prefect',
      'prefect.yaml',
      `work_pool:\n  job_variables:\n    env:\n      PREFECT_API_KEY: pnu_${'a1B2'.repeat(9)}\n`,
      [4],
    ],
    ['Dagster', 'dagster.yaml', `storage:\n  postgres:\n    postgres_db:\n      password: ${canary}\n`, [4]],
    [
      'Argo Workflows',
      'workflow.yaml',
      `kind: Workflow\nspec:\n  arguments:\n    parameters:\n      - {name: api-token, value: ${random}}\n`,
      [5],
    ],
    ['a Secret in a file', 'secret.yaml', `apiVersion: v1\nkind: Secret\nstringData:\n  anything: ${canary}\n`, [4]],
    [
      'base64 of it',
      'secret.yaml',
      `apiVersion: v1\nkind: Secret\ndata:\n  a: ${Buffer.from(canary).toString('base64')}\n`,
      [4],
    ],
    ['a private key, whatever its name', 'config.yaml', `notes: |\n  ${pem}\n  MIIB\n`, [1]],
    ['a token by its form', 'config.yaml', `notes: use AKIA${'Q1W2'.repeat(4)} there\n`, [1]],
    ['a JDBC URL', 'config.yaml', `url: jdbc:postgresql://db/dw?user=etl&password=${canary}\n`, [1]],
    ['JSON', 'config.json', `{\n  "db": {\n    "password": "${canary}"\n  }\n}\n`, [3]],
    ['.env', '.env', `# a comment\nexport DB_PASSWORD="${canary}"\nPORT=1\n`, [2]],
    ['.properties', 'app.properties', `spring.datasource.password=${canary}\n`, [1]],
    ['spark-defaults.conf', 'spark-defaults.conf', `spark.ssl.keyPassword  ${canary}\n`, [1]],
    [
      'a template of Helm',
      'templates/a.yaml',
      `{{- if .Values.a }}\npassword: ${canary}\n{{- end }}\nx: {{ .y }}\n`,
      [2],
    ],
    [
      'a List',
      'list.yaml',
      `kind: List\nitems:\n  - apiVersion: v1\n    kind: Secret\n    stringData:\n      a: ${canary}\n`,
      [6],
    ],
    ['several documents', 'all.yaml', `a: 1\n---\npassword: ${canary}\n`, [3]],
  ])('%s', (_, file, text, lines) => expect(linesWith(file, text)).toEqual(lines));
});

describe('not found', () => {
  test.each<readonly [what: string, text: string]>([
    [
      'variables of a shell',
      `password: \${DB_PASSWORD}\ntoken: $TOKEN\nsecret_key: $(SECRET)\nurl: postgres://u:\${PW}@h/d`,
    ],
    ['templates of Helm and Jinja', 'password: "{{ .Values.password }}"\npass: "{{ env_var(\'DBT_PASSWORD\') }}"'],
    ['secretKeyRef', 'env:\n  - name: DB_PASSWORD\n    valueFrom: {secretKeyRef: {name: warehouse, key: password}}'],
    ['names of Secrets', 'secretName: warehouse\nexistingSecret: db-credentials\nauth:\n  secret: my-registry-key'],
    ['names of keys', 'userPasswordKey: password\npasswordSecretRef: {name: a}\nsecretPasswordKey: mongodb-passwords'],
    ['files', 'passwordFile: /run/secrets/pw\npassword: /etc/pw\ntokenPath: /var/run/token\npassword_file: pw.txt'],
    [
      'placeholders',
      'password: changeme\npwd: <your password>\npass: "********"\napi_key: your-api-key\nclient_secret: ""',
    ],
    ['absence', 'password:\ntoken: null\nsecret_key: ~\npasswd: ""'],
    ['switches', 'password: true\nauth:\n  enabled: true\ntokenAuth: false\ncreateSecret: true'],
    [
      'places in stores',
      'password: vault:secret/data/db#password\ntoken: ref+vault://a/b\npwd: arn:aws:secretsmanager:eu-central-1:1:secret:x',
    ],
    ['SOPS', `password: ENC[AES256_GCM,data:${random},type:str]\nsops: {mac: x}`],
    [
      'lifetimes and addresses',
      'tokenTTL: 3600\ntokenUrl: https://login.example.com/token\nsecretsBackend: vault\ntoken_expiry: 1h',
    ],
    ['words about secrets', 'description: the password of the database\ntitle: Secret token'],
    ['a schema', 'properties:\n  password: {type: string, description: the password}'],
    [
      'SparkApplication',
      'driver:\n  secrets: [{name: warehouse, path: /mnt/secrets, secretType: Generic}]\nsparkConf:\n  spark.kubernetes.driver.secretKeyRef.PASSWORD: warehouse:password',
    ],
    [
      'references',
      `apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nspec:\n  data: [{secretKey: password, remoteRef: {key: a, property: password}}]`,
    ],
    [
      'digests and images',
      'image: a@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\ncommit: 8a81173630fb80805cf32a1fc41c6a660a500dcb',
    ],
    ['ids', 'clientId: 3f2504e0-4f89-11d3-9a0c-0305e82c3301\naccess_key_id_name: x\nkey: 0123456789abcdef0123'],
    ['an address with a port', 'url: postgresql://etl@db:5432/dw\nproxy: http://proxy:3128'],
    ['a Secret of placeholders', `apiVersion: v1\nkind: Secret\nstringData: {password: "\${PW}", token: <token>}`],
    ['a comment on the line', `password: ${canary} # shearline:ignore`],
    ['a comment above', `# shearline:ignore\npassword: ${canary}`],
  ])('%s', (_, text) => expect(linesWith('values.yaml', text)).toEqual([]));
});

test('a comment above keeps quiet one line, and only when it is alone on its own', () => {
  expect(linesWith('a.yaml', `# shearline:ignore\npassword: ${canary}\npasswd: ${canary}\n`)).toEqual([3]);
  expect(linesWith('a.yaml', `a: b # shearline:ignore\npassword: ${canary}\n`)).toEqual([2]);
});

test.each([
  ['one long text', `a: ${'a'.repeat(1_000_000)}\n`],
  ['URLs without an end', `a: "${'a://'.repeat(200_000)}"\n`],
  ['dashes', `a: "${' --'.repeat(200_000)}"\n`],
  ['many fields', Array.from({ length: 20_000 }, (_, at) => `password${at}x: a\n`).join('')],
  ['one line of properties', `${'a.'.repeat(400_000)}=x`],
])('large files are checked in time: %s', (_, text) => {
  const started = performance.now();
  lintFiles([
    { name: 'a.yaml', text },
    { name: 'a.conf', text },
  ]);
  expect(performance.now() - started).toBeLessThan(20_000);
});
