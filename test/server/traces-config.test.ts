import { expect, test } from '@jest/globals';
import { parseTraces } from '../../src/server/traces-config.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

test.each([
  ['nothing was said', {}],
  ['only a name', { OTEL_SERVICE_NAME: 'shearline' }],
  ['none', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }],
  ['disabled', { ...endpoint, OTEL_SDK_DISABLED: 'true' }],
  ['disabled, in capitals, whatever else is wrong', { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_SDK_DISABLED: 'TRUE' }],
  ['empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_EXPORTER: '' }],
])('no traces: %s', (_, env) => {
  expect(parseTraces(env)).toEqual({ ok: true, value: undefined });
});

test.each([
  ['an endpoint', endpoint, 1],
  ['one of traces alone', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces' }, 1],
  ['the exporter by its name, at its usual place', { OTEL_TRACES_EXPORTER: 'otlp' }, 1],
  ['not disabled', { ...endpoint, OTEL_SDK_DISABLED: 'false' }, 1],
  ['the protocol that there is', { ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, 1],
  ['a part', { ...endpoint, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' }, 0.1],
  ['a part, unnamed', { ...endpoint, OTEL_TRACES_SAMPLER: 'traceidratio' }, 1],
  ['all', { ...endpoint, OTEL_TRACES_SAMPLER: 'parentbased_always_on' }, 1],
  ['nothing, but ready for it', { ...endpoint, OTEL_TRACES_SAMPLER: 'always_off' }, 0],
])('traces: %s', (_, env, share) => {
  expect(parseTraces(env)).toEqual({ ok: true, value: { share } });
});

test.each([
  [{ OTEL_TRACES_EXPORTER: 'jaeger' }, 'OTEL_TRACES_EXPORTER must be otlp or none'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT (or'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc://collector' }, 'must be an http:// or https:// URL'],
  [{ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'must be http/json'],
  [{ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' }, 'must be http/json'],
  [{ ...endpoint, OTEL_TRACES_SAMPLER: 'jaeger_remote' }, 'OTEL_TRACES_SAMPLER must be'],
  [{ ...endpoint, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '10%' }, 'a number from 0 to 1'],
  [{ ...endpoint, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' }, 'a number from 0 to 1'],
])('refused, and how to fix it is said: %j', (env, words) => {
  expect(parseTraces(env)).toEqual({ ok: false, fault: expect.stringContaining(words) });
});
