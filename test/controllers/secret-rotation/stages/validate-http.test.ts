import { expect, test } from '@jest/globals';
import { validate } from '../../../../src/controllers/secret-rotation/stages/validate.ts';
import type { Verdict } from '../../../../src/controllers/secret-rotation/stages/validate-http.ts';
import { invalid, unavailable } from '../../../../src/core/fault.ts';
import { failed, ok, type Result } from '../../../../src/core/result.ts';
import { reference } from '../../builders.ts';
import { inWords, StageWorld } from './run.ts';

const world = () =>
  new StageWorld(validate, { validate: { timeout: '1m', http: { url: 'https://checker.team.svc/try?for=etl' } } });

const status = (status: number, retryAfterMs?: number): Result<Verdict> => ok({ status, retryAfterMs });
const away = failed(unavailable('the service at checker.team.svc does not answer'));
const closed = failed(invalid('SourceInvalid', 'the service at checker.team.svc may not be reached: loopback'));

test.each(['https://checker:99999/', 'https://[zz]/'])('%s is refused by its field, before any run', url => {
  expect(reference().spec({ rotation: { validate: { http: { url } } } }).parsed.spec).toMatchObject({
    fault: { message: 'spec.rotation.validate.http.url: has a host or a port that cannot be one' },
  });
});

test('it is told names, and no value', async () => {
  const of = world();
  await of.advance();
  expect(of.asked.map(({ namespace, url, body }) => ({ namespace, url, body: JSON.parse(body) }))).toEqual([
    {
      namespace: 'etl',
      url: 'https://checker.team.svc/try?for=etl',
      body: {
        namespace: 'etl',
        reference: 'warehouse',
        run: 'warehouse-8',
        target: 'warehouse',
        candidate: 'warehouse-r8',
        previous: 'warehouse-r7',
      },
    },
  ]);
});

test.each<[string, Result<Verdict>, number, string]>([
  ['200', status(200), 0, 'passed: the service at checker.team.svc accepts warehouse-r8'],
  ['204', status(204), 0, 'passed'],
  ['200 after the time is over', status(200), 99, 'passed'],
  ['422', status(422), 0, 'failed ValidationRefused: the service at checker.team.svc answered 422'],
  ['404', status(404), 0, 'failed ValidationRefused'],
  ['429', status(429), 0, 'waiting Validating'],
  ['408', status(408), 0, 'waiting Validating'],
  ['503', status(503), 59, 'waiting Validating: the service at checker.team.svc answered 503; it is asked again'],
  [
    '503 when the time is over',
    status(503),
    60,
    'failed DeadlineExceeded: the service at checker.team.svc answered 503',
  ],
  ['nothing', away, 0, 'waiting Validating: the service at checker.team.svc does not answer'],
  ['nothing when the time is over', away, 60, 'failed DeadlineExceeded'],
  ['nothing, by the rules', closed, 0, 'failed ValidationRefused: the service at checker.team.svc may not'],
])('an answer of %s', async (_, answer, seconds, expected) => {
  const of = world().later(seconds);
  of.answers = [answer];
  const said = inWords(await of.advance());
  expect(said).toContain(expected);
  expect(said).not.toContain('for=etl');
});

test.each([
  ['soon at first', status(503), 0, 1000],
  ['seldom later', status(503), 40, 4000],
  ['when the service says so', status(503, 20_000), 0, 20_000],
  ['not at once, though the service says so', status(503, 0), 0, 1000],
  ['not later than the time is over', status(503, 3_600_000), 59, 1000],
])('it is asked again %s', async (_, answer, seconds, lookAgainMs) => {
  const of = world().later(seconds);
  of.answers = [answer];
  expect(await of.advance()).toMatchObject({ kind: 'waiting', lookAgainMs });
});
