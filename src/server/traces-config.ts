import { failed, ok, type Result } from '../core/result.ts';

/** How traces are wanted. Where they go, with which headers and under which certificates, the exporter reads itself. */
export interface TracesConfig {
  /** 0 to 1: the share of reconciles that become traces. */
  readonly share: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * By the variables of the OpenTelemetry specification; undefined: no traces. Where it has defaults, ours are to do
 * nothing: an operator without these variables sends no traces.
 */
export function parseTraces(env: Environment): Result<TracesConfig | undefined, string> {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT ?? '';
  const exporter = env.OTEL_TRACES_EXPORTER || (endpoint === '' ? 'none' : 'otlp');
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || exporter === 'none') return ok(undefined);
  if (exporter !== 'otlp') return failed('OTEL_TRACES_EXPORTER must be otlp or none');
  if (endpoint !== '' && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    return failed(
      'OTEL_EXPORTER_OTLP_ENDPOINT (or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) must be an http:// or https:// URL',
    );
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || env.OTEL_EXPORTER_OTLP_PROTOCOL || 'http/json';
  if (protocol !== 'http/json')
    return failed(
      'OTEL_EXPORTER_OTLP_PROTOCOL (or OTEL_EXPORTER_OTLP_TRACES_PROTOCOL) must be http/json, and the endpoint that of OTLP over HTTP, usually port 4318',
    );
  return sampled(env);
}

/** No caller has a trace of its own, so samplers never see a parent. */
function sampled(env: Environment): Result<TracesConfig, string> {
  const { OTEL_TRACES_SAMPLER: sampler = '', OTEL_TRACES_SAMPLER_ARG: given = '' } = env;
  switch (sampler.replace(/^parentbased_/, '')) {
    case '':
    case 'always_on':
      return ok({ share: 1 });
    case 'always_off':
      return ok({ share: 0 });
    case 'traceidratio': {
      const share = given === '' ? 1 : Number(given);
      if (share >= 0 && share <= 1) return ok({ share });
      return failed('OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1');
    }
    default:
      return failed(
        'OTEL_TRACES_SAMPLER must be always_on, always_off or traceidratio, also with parentbased_ before it',
      );
  }
}
