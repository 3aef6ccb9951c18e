import type { IncomingMessage, ServerResponse } from 'node:http';
import { deliver } from '../servers/answers.ts';
import type { Certificate } from '../servers/certificates.ts';
import type { Call, Describe } from './call.ts';
import { Journal } from './journal.ts';
import { type EventMatch, matches, type RequestMatch } from './match.ts';
import { WatchThrough } from './open-watch.ts';
import { RuleBook } from './rule-book.ts';
import type { EventRules, Recorded, RequestFault, RequestRules } from './rules.ts';
import { startTlsServer, type TlsServer } from './tls-server.ts';
import { type Incoming, openUpstream, pour, rawOf, recordedOf, type Upstream, type UpstreamPlace } from './upstream.ts';

export interface ProxyOptions {
  readonly upstream: UpstreamPlace;
  readonly tls: Certificate;
  readonly describe: Describe;
}

/** Stands between the operator and a server, speaks TLS on both sides, and does what its rules say. */
export async function startFaultProxy({ upstream, tls, describe }: ProxyOptions): Promise<FaultProxy> {
  const traffic = new Traffic(upstream, describe);
  return new FaultProxy(traffic, await startTlsServer(tls, traffic.serve));
}

export class FaultProxy {
  readonly address: string;
  /** Everything that was asked through it. */
  readonly journal: Journal;
  /** Another certificate, for connections to come; those that are open end. */
  readonly show: TlsServer['show'];
  readonly #traffic: Traffic;
  readonly #server: TlsServer;

  constructor(traffic: Traffic, server: TlsServer) {
    this.#traffic = traffic;
    this.#server = server;
    this.address = server.address;
    this.journal = traffic.journal;
    this.show = server.show;
  }

  when = (match: RequestMatch): RequestRules => this.#traffic.rules.whenRequest(match);
  whenEvent = (match: EventMatch): EventRules => this.#traffic.rules.whenEvent(match);

  /** Rules that never struck: a case that meets no fault proves nothing. */
  idleRules = (): readonly unknown[] => this.#traffic.rules.idle();
  /** Ends all rules. */
  calm = (): void => this.#traffic.rules.clear();

  /** Puts a line into watches that run now. */
  say = (match: RequestMatch, line: string): void => this.#traffic.eachWatch(match, watch => watch.send(line));
  /** Ends them in the middle, as a load balancer does. */
  cut = (match: RequestMatch): void => this.#traffic.eachWatch(match, watch => watch.cut());
  /** Leaves them open, but nothing arrives any more. */
  stall = (match: RequestMatch): void => this.#traffic.eachWatch(match, watch => watch.stall());

  /** The next answer to such a request, to be served again later. */
  record = (match: RequestMatch): Promise<Recorded> => this.#traffic.record(match);
  /** Another server behind the same address. */
  turnTo = (place: UpstreamPlace): void => this.#traffic.turnTo(place);

  async stop(): Promise<void> {
    await this.#server.stop();
    this.#traffic.close();
  }
}

/** What flows through. */
class Traffic {
  readonly rules = new RuleBook();
  readonly journal = new Journal();
  readonly #watches = new Set<WatchThrough>();
  readonly #recordings = new Set<{ readonly match: RequestMatch; readonly done: (answer: Recorded) => void }>();
  readonly #describe: Describe;
  #upstream: Upstream;

  constructor(place: UpstreamPlace, describe: Describe) {
    this.#upstream = openUpstream(place);
    this.#describe = describe;
  }

  serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const raw = await rawOf(incoming);
    const call = this.#describe(raw);
    await this.#carryOut(this.rules.forRequest(call), raw, call, response);
  };

  eachWatch(match: RequestMatch, act: (watch: WatchThrough) => void): void {
    for (const watch of this.#watches) if (matches(match, watch.call)) act(watch);
  }

  record = (match: RequestMatch): Promise<Recorded> => new Promise(done => this.#recordings.add({ match, done }));

  turnTo(place: UpstreamPlace): void {
    this.close();
    this.#upstream = openUpstream(place);
  }

  close = (): void => this.#upstream.close();

  async #carryOut(fault: RequestFault | undefined, raw: Incoming, call: Call, response: ServerResponse): Promise<void> {
    switch (fault?.kind) {
      case undefined:
        return this.#pass(raw, call, response);
      case 'begin-with':
        return this.#pass(raw, call, response, fault.line);
      case 'after':
        await fault.act();
        return this.#pass(raw, call, response);
      case 'commit-then':
        await this.#ask(raw, call);
        await fault.act();
        response.destroy();
        return;
      case 'answer':
        response.writeHead(fault.status, fault.headers).end(fault.body);
        return this.journal.refused(call, fault.status);
      case 'drip':
        deliver({ kind: 'drip', body: fault.body, everyMs: fault.everyMs }, response);
        return this.journal.refused(call);
      case 'endless':
        pour(response);
        return this.journal.refused(call);
      case 'reset':
        await fault.act();
        response.destroy();
        return this.journal.refused(call);
      case 'hang':
        return this.journal.refused(call);
      default:
        return fault satisfies never;
    }
  }

  async #pass(raw: Incoming, call: Call, response: ServerResponse, begin = ''): Promise<void> {
    if (call.verb === 'watch') return this.#passWatch(raw, call, response, begin);
    reply(await this.#ask(raw, call), response);
  }

  async #ask(raw: Incoming, call: Call): Promise<Recorded> {
    const answer = await recordedOf(await this.#upstream.open(raw));
    this.journal.answered(call, answer.status, raw.body.toString('utf8'));
    for (const recording of this.#recordings) {
      if (!matches(recording.match, call)) continue;
      this.#recordings.delete(recording);
      recording.done(answer);
    }
    return answer;
  }

  async #passWatch(raw: Incoming, call: Call, response: ServerResponse, begin: string): Promise<void> {
    const answer = await this.#upstream.open(raw);
    this.journal.answered(call, answer.statusCode ?? 0);
    if (answer.statusCode !== 200) return reply(await recordedOf(answer), response);
    response.once('close', () => answer.destroy());
    const watch = new WatchThrough(call, this.rules.forEvent, response);
    this.#watches.add(watch);
    response.writeHead(200, { 'content-type': answer.headers['content-type'] ?? 'application/json' }).flushHeaders();
    watch.send(begin);
    await watch.follow(answer).finally(() => this.#watches.delete(watch));
  }
}

function reply({ status, headers, body }: Recorded, response: ServerResponse): void {
  response.writeHead(status, headers).end(body);
}
