import { describe, test } from '@jest/globals';
import type { Battery } from './battery.ts';
import { anyRequest, anyWrite, create, remove, statusOf, update } from './match.ts';
import { survives } from './oracle.ts';
import { failure } from './says.ts';
import type { Scene } from './story.ts';

const status = (here: Scene['here']) => statusOf('secretreferences', here);

/** What happens to its writes. */
export function writes(battery: () => Battery): void {
  describe('survives', () => {
    test('429 with Retry-After', () =>
      survives(battery(), {
        create: ({ api }) => api.when(anyRequest).first(4).answer(429, failure(429), { 'retry-after': '1' }),
        rotate: ({ api, here }) => api.when(anyWrite(here)).first(2).answer(429, failure(429), { 'retry-after': '1' }),
      }));

    test('429 without Retry-After', () =>
      survives(battery(), { rotate: ({ api, here }) => api.when(anyWrite(here)).first(1).answer(429, failure(429)) }));

    test.each([500, 503])('a burst of %d', code =>
      survives(battery(), {
        create: ({ api, here }) => api.when(anyWrite(here)).first(2).answer(code, failure(code)),
        rotate: ({ api, here }) => api.when(anyWrite(here)).first(2).answer(code, failure(code)),
        change: ({ api, here }) => api.when(remove('secrets', here)).first(1).answer(code, failure(code)),
      }),
    );

    test('an error page instead of an answer', () =>
      survives(battery(), {
        rotate: ({ api, here }) => api.when(anyWrite(here)).first(2).answer(200, '<html>welcome</html>'),
      }));

    test('connections that break before a write is done', () =>
      survives(battery(), {
        create: ({ api, here }) => api.when(create('secrets', here)).first(2).reset(),
        rotate: ({ api, here }) => api.when(anyWrite(here)).first(2).reset(),
        repair: ({ api }) => api.when(anyRequest).first(10).reset(),
      }));

    test('connections that break after a write to a Secret was done', () =>
      survives(battery(), {
        create: ({ api, here }) => api.when(create('secrets', here)).nth(1).commitThenReset(),
        rotate: ({ api, here }) => api.when(update('secrets', here)).nth(1).commitThenReset(),
        change: ({ api, here }) => {
          api.when(create('secrets', here)).nth(1).commitThenReset();
          api.when(remove('secrets', here)).nth(1).commitThenReset();
        },
        repair: ({ api, here }) => api.when(create('secrets', here)).nth(1).commitThenReset(),
      }));

    test('connections that break after a status was written', () =>
      survives(battery(), {
        create: ({ api, here }) => api.when(status(here)).nth(1).commitThenReset(),
        rotate: ({ api, here }) => api.when(status(here)).nth(1).commitThenReset(),
        change: ({ api, here }) => api.when(status(here)).nth(1).commitThenReset(),
      }));

    test('a status endpoint that fails alone', () =>
      survives(battery(), {
        create: ({ api, here }) => api.when(status(here)).first(2).answer(500, failure(500)),
        rotate: ({ api, here }) => api.when(status(here)).first(2).answer(503, failure(503)),
        change: ({ api, here }) => api.when(status(here)).first(2).reset(),
      }));

    test('a write that is never answered', () =>
      survives(battery(), { rotate: ({ api, here }) => api.when(update('secrets', here)).nth(1).hang() }));

    test('another writer who is always faster at the Secret', () =>
      survives(battery(), {
        rotate: ({ api, here, world }) => {
          const storm = toggling(value =>
            world.cluster.patch('Secret', 'db', here.namespace, { metadata: { annotations: { storm: value } } }),
          );
          api.when(update('secrets', here)).first(4).after(storm);
        },
      }));

    test('another writer who is always faster at the reference', () =>
      survives(battery(), {
        rotate: ({ api, here, team }) =>
          api
            .when(status(here))
            .first(4)
            .after(toggling(storm => team.annotate('db', { storm }))),
      }));

    test('an API server that is slow', () =>
      survives(battery(), { create: ({ api }) => api.when(anyRequest).delay(150) }));

    test('an API server that is killed and started again', () =>
      survives(battery(), { rotate: ({ world }) => world.controlPlane.restartApiServer() }));

    test('an API server that stands still for a while', () =>
      survives(battery(), {
        rotate: async ({ world: { controlPlane }, team }) => {
          await team.annotate('db', { 'example.com/note': 'wakes the operator' });
          controlPlane.pauseApiServer();
          setTimeout(() => controlPlane.resumeApiServer(), 2000);
        },
      }));
  });
}

/** Sets something, takes it away, sets it again: after an even number of times all is as before. */
function toggling(write: (value: string | null) => Promise<unknown>): () => Promise<unknown> {
  let count = 0;
  return () => write(count++ % 2 === 0 ? 'blowing' : null);
}
