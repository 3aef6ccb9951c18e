import { annotations } from '../../api/annotations.ts';
import { note } from './notes.ts';
import type { Observed } from './observe.ts';
import type { Ports } from './ports.ts';
import { unusableToken } from './rotation.ts';

/**
 * A token that cannot be answered is refused by an event, once, and by nothing else: conditions and rotation status are
 * for those who ask properly, and whoever may annotate must not be able to make a good reference look bad.
 */
export function refuseToken({ reference, memory }: Observed, ports: Pick<Ports, 'events' | 'memory'>): void {
  const name = unusableToken(reference);
  const refusedToken = name === undefined ? undefined : reference.metadata.annotations[name];
  if (refusedToken === undefined || refusedToken === memory.refusedToken) return;
  ports.memory.update(reference.metadata.uid, { refusedToken });
  ports.events.record(note(reference.metadata, 'Warning', 'Rotate', 'TokenRefused', refusal(name)));
}

const refusal = (name: string = annotations.rotate): string =>
  `the token in annotation ${name} is not answered: it must have at most 256 bytes, no control characters and no line breaks`;
