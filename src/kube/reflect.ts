import type { Clock } from '../core/clock.ts';
import { feedTiming } from './feed.ts';
import { httpSource, type Selection } from './http-source.ts';
import { withoutKeptCopy } from './kept-copy.ts';
import type { MetadataObject, Reflector } from './port.ts';
import { createReflector, type ReflectorTrouble } from './reflector.ts';
import type { Channel } from './transport.ts';
import { watchTiming } from './watch.ts';

/** A reflector of one resource, on a connection that it has for itself, with the timing that is used in earnest. */
export function reflect<T extends MetadataObject>(
  channel: Channel,
  selection: Selection,
  parse: (raw: unknown, before: T | undefined) => T | undefined,
  ports: {
    readonly clock: Clock;
    readonly random: () => number;
    readonly report: (trouble: ReflectorTrouble, bug?: unknown) => void;
  },
): Reflector<T> {
  const source = httpSource(channel, selection, watchTiming, ports.random);
  const kept = selection.metadataOnly
    ? (raw: unknown, before: T | undefined) => parse(withoutKeptCopy(raw), before)
    : parse;
  return createReflector({ ...ports, source, timing: feedTiming, parse: kept });
}
