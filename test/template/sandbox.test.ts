import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { objectKey } from '../../src/core/object-key.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { renderTemplate, replaceInKeys, rewriteKeys } from '../../src/template/task.ts';
import { input } from './render.ts';

/** In the worker that the operator has. */
const entry = new URL('../../src/sandbox-worker.ts', import.meta.url);
const sandbox = createSandbox({ entry, clock: systemClock, idleMs: 1000 });
const controller = new AbortController();
const asker = (name: string) => ({
  reference: objectKey('etl', name),
  where: 'spec.target.template',
  signal: controller.signal,
});
afterAll(() => controller.abort());

const ten = '[1,2,3,4,5,6,7,8,9,10]';
const nested = (depth: number): string => (depth === 0 ? '1' : `${ten}.map(x${depth}, ${nested(depth - 1)})`);

test('templates and keys are computed by the worker, several tasks by one', async () => {
  const rendered = await sandbox.run(
    renderTemplate,
    input({ k: '$(user.upper()) $(yaml.encode([port]))' }),
    asker('a'),
  );
  expect(rendered).toEqual({
    ok: true,
    value: {
      ok: true,
      value: { data: new Map([['k', new Uint8Array(Buffer.from('ETL - "5432"\n'))]]), labels: {}, annotations: {} },
    },
  });
  expect(await sandbox.run(rewriteKeys, { expression: 'key.upper()', keys: ['a'] }, asker('a'))).toEqual({
    ok: true,
    value: { ok: true, value: ['A'] },
  });
  expect(await sandbox.run(replaceInKeys, { match: 'a', replace: 'b', keys: ['a'] }, asker('a'))).toEqual({
    ok: true,
    value: { ok: true, value: ['b'] },
  });
});

describe('what would take long is ended with a message, and nobody else waits:', () => {
  test.each<[name: string, template: string]>([
    ['comprehensions in one another', `$(${nested(8)})`],
    ['a password hashed again and again', `$(${ten}.map(x, htpasswd(user, string(x), 11)))`],
    [
      'keystores without end',
      `$(${ten}.map(a, ${ten}.map(b, size(pkcs12.truststore(data["tls.crt"], string(a + b))))))`,
    ],
  ])('%s', async (name, template) => {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const ended = await sandbox.run(renderTemplate, input({ k: template }), asker(name));
    delay.disable();
    expect(ended).toMatchObject({
      ok: false,
      fault: { kind: 'unusable', message: expect.stringMatching(/^spec\.target\.template was ended /) },
    });
    expect(delay.percentile(50) / 1e6).toBeLessThan(50);
  });
});
