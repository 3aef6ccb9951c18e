import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';

/** What a span says beside its times. `error`: why it failed, in one word of ours. */
export interface Told {
  readonly attributes: Attributes;
  readonly error?: string | undefined;
}

interface Running {
  readonly span: Span;
  /** False once it has ended: what goes on afterwards (a login that is renewed in time) is no part of it. */
  open: boolean;
}

/** Spans of work, and of the calls that are made in the course of it. */
export class Spans {
  readonly #tracer: Tracer;
  readonly #current = new AsyncLocalStorage<Running>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Work as a span; a throw is a bug, whatever it says. */
  async during<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
    const span = this.#tracer.startSpan(name, { attributes }, ROOT_CONTEXT);
    const running: Running = { span, open: true };
    try {
      return await this.#current.run(running, work);
    } catch (bug) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'bug' });
      throw bug;
    } finally {
      running.open = false;
      span.end();
    }
  }

  /** Adds to the work under way. */
  tell({ attributes, error }: Told): void {
    const running = this.#current.getStore();
    if (!running?.open) return;
    running.span.setAttributes(attributes);
    if (error !== undefined) running.span.setStatus({ code: SpanStatusCode.ERROR, message: error });
  }

  /** Whether there is work under way that a call would belong to. */
  get working(): boolean {
    return this.#current.getStore()?.open ?? false;
  }

  /** A call that has just ended: part of the work under way, or a trace of its own. */
  called(name: string, tookMs: number, { attributes, error }: Told): void {
    const running = this.#current.getStore();
    const context = running?.open ? trace.setSpan(ROOT_CONTEXT, running.span) : ROOT_CONTEXT;
    const end = Date.now();
    const span = this.#tracer.startSpan(name, { kind: SpanKind.CLIENT, startTime: end - tookMs, attributes }, context);
    if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
    span.end(end);
  }
}
