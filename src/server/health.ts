import type { Page } from './http.ts';

/** `/livez`: the event loop runs. `/readyz`: the caches have seen the cluster, so that decisions are made on facts. */
export function healthPages(waitedFor: () => readonly string[]): Readonly<Record<string, () => Page>> {
  return {
    '/livez': () => ({ status: 200, body: 'ok\n' }),
    '/readyz': () => {
      const waiting = waitedFor();
      return waiting.length === 0
        ? { status: 200, body: 'ok\n' }
        : { status: 503, body: `waiting for ${waiting.join(', ')}\n` };
    },
  };
}
