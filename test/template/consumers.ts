import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { installParts } from '../servers/install.ts';
import { parts } from '../servers/parts.ts';

/** The programs that read rendered files, in one process of Python with Java in it. */
export class Consumers {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: Interface) {
    this.#process = child;
    this.#answers = lines[Symbol.asyncIterator]();
  }

  static async start(): Promise<Consumers> {
    const { consumers } = await installParts([parts.consumers]);
    const script = `${import.meta.dirname}/consumers.py`;
    const args = [script, `${consumers}/postgresql.jar`];
    const child = spawn(`${consumers}/venv/bin/python`, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    return new Consumers(child, createInterface({ input: child.stdout }));
  }

  /** What a consumer reads out of a text. */
  async read(reader: string, text: string, rest: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    this.#process.stdin?.write(`${JSON.stringify({ reader, text, ...rest })}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error('the consumers ended');
    const answer: { read?: unknown; error?: string } = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(`${reader}: ${answer.error}`);
    return answer.read;
  }

  stop(): void {
    this.#process.kill();
  }
}

/** A server that asks for the password in clear text, as PostgreSQL's protocol has it, and then ends. */
export class PasswordTrap {
  readonly #server: Server;
  readonly passwords: string[] = [];

  private constructor() {
    this.#server = createServer(socket => this.#ask(socket));
  }

  static async start(): Promise<PasswordTrap> {
    const trap = new PasswordTrap();
    await new Promise<void>(resolve => trap.#server.listen(0, '127.0.0.1', resolve));
    return trap;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  stop(): void {
    this.#server.close();
  }

  #ask(socket: Socket): void {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.once('data', message => {
        this.passwords.push(message.subarray(5, -1).toString());
        socket.end();
      });
      socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
    });
  }
}
