import { rename, writeFile } from 'node:fs/promises';
import type { Environment } from '../scenarios/operator.ts';
import { installParts } from '../servers/install.ts';
import { parts } from '../servers/parts.ts';

/** The wall clock of a process, which a test sets while it runs. Its steady clock goes on as ever. */
export class SettableClock {
  #file = '';

  /** What the process is to be started with. */
  readonly env = async (directory: string, hoursAhead = 0): Promise<Environment> => {
    this.#file = `${directory}/clock-${hoursAhead}`;
    await this.set(hoursAhead);
    return {
      LD_PRELOAD: (await installParts([parts.faketime])).faketime,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  };

  /** From now on. By another file that takes its place, because the process may look at any time. */
  async set(hoursAhead: number): Promise<void> {
    await writeFile(`${this.#file}.next`, `+${hoursAhead}h\n`);
    await rename(`${this.#file}.next`, this.#file);
  }
}
