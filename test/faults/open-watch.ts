import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { Call } from './call.ts';
import type { EventFault } from './rules.ts';

type Judge = (event: Call) => EventFault | undefined;

const Line = z.object({
  type: z.string(),
  object: z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }).partial() }),
});

/** A watch that runs through the proxy, line by line, each as its rules say. */
export class WatchThrough {
  readonly call: Call;
  readonly #judge: Judge;
  readonly #to: ServerResponse;
  #stalled = false;
  #held: string | undefined;

  constructor(call: Call, judge: Judge, to: ServerResponse) {
    this.call = call;
    this.#judge = judge;
    this.#to = to;
  }

  async follow(from: IncomingMessage): Promise<void> {
    let rest = '';
    from.setEncoding('utf8');
    for await (const chunk of from) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#pass(`${line}\n`);
    }
    this.#to.end();
  }

  send = (line: string): void => {
    if (!this.#stalled && !this.#to.destroyed) this.#to.write(line);
  };
  cut = (): void => void this.#to.destroy();
  stall = (): void => {
    this.#stalled = true;
  };

  #pass(line: string): void {
    const fault = this.#judge(this.#eventOf(line));
    const late = this.#held;
    this.#held = fault?.kind === 'swap' ? line : undefined;
    this.#deliver(line, fault);
    if (late !== undefined) this.send(late);
  }

  #deliver(line: string, fault: EventFault | undefined): void {
    switch (fault?.kind) {
      case undefined:
        this.send(line);
        break;
      case 'drop':
      case 'swap':
        break;
      case 'double':
        this.send(line + line);
        break;
      case 'truncate':
        this.#to.write(line.slice(0, line.length / 2), this.cut);
        this.stall();
        break;
      case 'replace':
        this.send(fault.line);
        break;
      default:
        fault satisfies never;
    }
  }

  #eventOf(line: string): Call {
    const { type, object } = Line.parse(JSON.parse(line));
    const { name = '', namespace = '' } = object.metadata;
    return { ...this.call, verb: type, name, namespace };
  }
}
