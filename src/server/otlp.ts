import type { Attributes } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { splitKey } from '../core/object-key.ts';
import { resourceIn } from '../kube/client.ts';
import type { ProviderCall } from '../remote/ports.ts';
import { Spans } from './spans.ts';
import type { Tracer } from './tracer.ts';
import type { TracesConfig } from './traces-config.ts';

export interface TracerFacts {
  readonly config: TracesConfig;
  readonly version: string;
  /** The collector takes nothing any more, or takes spans again. */
  readonly onDelivery: (delivered: boolean) => void;
}

/** Milliseconds for what is left at the end. */
const lastWordsMs = 1000;

/** Sends spans as OTLP over HTTP, in JSON. Loaded only when traces are wanted. */
export function createTracer({ config, version, onDelivery }: TracerFacts): Tracer {
  const provider = new TracerProvider({
    resource: whoWeAre(version),
    sampler: new TraceIdRatioBasedSampler(config.share),
    spanProcessors: [new BatchSpanProcessor({ exporter: heard(new OTLPTraceExporter(), onDelivery) })],
  });
  const spans = new Spans(provider.getTracer('shearline', version));
  return {
    reconcile: (controller, reconcile) => work => {
      const attributes = named({ ...splitKey(work.key), priority: work.priority });
      return spans.during(`reconcile ${controller}`, attributes, () => reconcile(work));
    },
    provider: {
      read: call => spans.called(`read ${call.provider}`, call.tookMs, storeCall(call)),
      login: call => spans.called(`login ${call.provider}`, call.tookMs, storeCall(call)),
    },
    apiCall: ({ method, path }, code, tookMs) => {
      // Lists, the Lease and events belong to no reconcile.
      if (spans.working) spans.called(`${method} ${resourceIn(path)}`, tookMs, apiCall(method, code));
    },
    outcome: ({ because, result, reason, status }) =>
      spans.tell({
        attributes: named({ because, result, reason, status }),
        error: result === 'failed' ? reason : undefined,
      }),
    end: async () => {
      const flushed = provider.shutdown().catch(() => undefined);
      await Promise.race([flushed, new Promise(resolve => setTimeout(resolve, lastWordsMs).unref())]);
    },
  };
}

/** OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win. */
const whoWeAre = (version: string): Resource =>
  resourceFromAttributes({ 'service.name': 'shearline', 'service.version': version }).merge(
    detectResources({ detectors: [envDetector] }),
  );

const storeCall = ({ provider, namespace, source, outcome }: ProviderCall) => ({
  attributes: named({ provider, source, outcome, ...(namespace !== '' && { 'source.namespace': namespace }) }),
  error: outcome === 'ok' ? undefined : outcome,
});

const apiCall = (method: string, code: string) => ({
  attributes: { 'http.request.method': method, ...(code !== 'lost' && { 'http.response.status_code': Number(code) }) },
  error: code.startsWith('2') ? undefined : code,
});

const named = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`shearline.${name}`, value]));

/** Its errors quote what the collector said: only whether spans arrive is passed on, and only when that changes. */
function heard(exporter: SpanExporter, onDelivery: (delivered: boolean) => void): SpanExporter {
  let before = true;
  return {
    export: (spans, done) =>
      exporter.export(spans, ({ code }) => {
        const delivered = code === 0;
        if (delivered !== before) onDelivery(delivered);
        before = delivered;
        done({ code });
      }),
    shutdown: () => exporter.shutdown(),
  };
}
