import { test } from '@jest/globals';
import type { Battery } from './battery.ts';
import { anyRequest, event, list, targets, watch } from './match.ts';
import { survives } from './oracle.ts';
import { errorEvent, failure, garbage } from './says.ts';

const references = watch('secretreferences');

/** What happens to its watches. */
export function watches(battery: () => Battery): void {
  test('an undisturbed story ends as another', () => survives(battery(), {}));

  test('goes on where it was when all watches are cut, again and again', () =>
    survives(battery(), {
      create: ({ api }) => api.cut(anyRequest),
      rotate: ({ api }) => api.cut(anyRequest),
      repair: ({ api }) => api.cut(anyRequest),
    }));

  test('survives a 410 in the middle of a watch', () =>
    survives(battery(), {
      rotate: ({ api }) => api.say(references, errorEvent(410)),
      repair: ({ api }) => api.say(watch('secrets', targets), errorEvent(410)),
    }));

  test('survives a 500 in the middle of a watch', () =>
    survives(battery(), {
      rotate: ({ api }) => api.say(anyRequest, errorEvent(500)),
    }));

  test('survives a 410 as the answer to a watch, and to the list after it', () =>
    survives(battery(), {
      rotate: ({ api }) => {
        api.when(references).nth(1).answer(410, failure(410));
        api.when(list('secretreferences')).nth(1).answer(410, failure(410));
        api.cut(references);
      },
    }));

  test('survives garbage in a watch', () =>
    survives(battery(), {
      rotate: ({ api }) => api.say(anyRequest, garbage),
    }));

  test('survives a watch that begins with an error', () =>
    survives(battery(), {
      rotate: ({ api }) => {
        api.when(references).nth(1).beginWith(errorEvent(410));
        api.when(watch('secrets', targets)).nth(1).beginWith(errorEvent(500));
        api.cut(anyRequest);
      },
    }));

  test('survives a line that is cut in the middle', () =>
    survives(battery(), {
      rotate: ({ api, here }) =>
        api
          .whenEvent(event('MODIFIED', 'secretreferences', here))
          .nth(1)
          .truncate(),
      repair: ({ api, here }) =>
        api
          .whenEvent(event('DELETED', 'secrets', { ...here, ...targets }))
          .nth(1)
          .truncate(),
    }));

  test('survives events that come twice, or in another order', () =>
    survives(battery(), {
      create: ({ api, here }) => {
        api.whenEvent(event(['ADDED', 'MODIFIED', 'DELETED'], 'secrets', here)).double();
        api.whenEvent(event(['ADDED', 'MODIFIED', 'DELETED'], 'secretreferences', here)).double();
      },
      change: ({ api, here }) => {
        api.calm();
        api
          .whenEvent(event(['ADDED', 'MODIFIED'], 'secrets', here))
          .first(1)
          .swap();
      },
    }));

  test('makes good for events that were lost as soon as it lists again', () =>
    survives(battery(), {
      rotate: ({ api, here }) => {
        api
          .whenEvent(event('MODIFIED', 'secretreferences', here))
          .nth(1)
          .drop();
        setTimeout(() => api.say(references, errorEvent(410)), 500);
      },
      repair: ({ api, here }) => {
        api
          .whenEvent(event('DELETED', 'secrets', { ...here, ...targets }))
          .nth(1)
          .drop();
        setTimeout(() => api.say(watch('secrets', targets), errorEvent(410)), 500);
      },
    }));
}
