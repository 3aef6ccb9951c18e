import type { Clock } from '../../src/core/clock.ts';
import { type MetadataObject, parseMetadataObject } from '../../src/core/object-meta.ts';

/** An object as the API server sends it. */
export const raw = (name: string, resourceVersion: string | number, uid = `uid-${name}`, namespace = 'etl') => ({
  metadata: { name, namespace, uid, resourceVersion: `${resourceVersion}` },
});

export function metadataObject(name: string, resourceVersion: string | number, uid?: string): MetadataObject {
  const object = parseMetadataObject(raw(name, resourceVersion, uid));
  if (object === undefined) throw new Error('the builder makes no readable object');
  return object;
}

/** Two clocks that stand still until they are moved, apart if need be. */
export class FakeClock implements Clock {
  wallMs = Date.UTC(2026, 0, 1);
  steadyMs = 1_000_000;
  wall = (): number => this.wallMs;
  steady = (): number => this.steadyMs;

  pass(milliseconds: number): void {
    this.wallMs += milliseconds;
    this.steadyMs += milliseconds;
  }
}
