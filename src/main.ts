import { setFlagsFromString } from 'node:v8';
import { type Logger, pino } from 'pino';
import { systemTimers } from './async/timers.ts';
import { type Config, helpText, parseConfig } from './config.ts';
import type { AuditRecord } from './controllers/secret-reference/nouns/records.ts';
import { systemClock } from './core/clock.ts';
import type { Fault } from './core/fault.ts';
import { failed, ok, type Result } from './core/result.ts';
import type { RestConfig } from './kube/credentials.ts';
import { inClusterConfig } from './kube/credentials.ts';
import { extraCaFlaw } from './operator/extra-ca.ts';
import { collectWhenIdle, v8Heap } from './operator/idle-gc.ts';
import { runOperator } from './operator/run.ts';
import { createSandbox } from './sandbox/sandbox.ts';
import type { Tracer } from './server/tracer.ts';
import { parseTraces, type TracesConfig } from './server/traces-config.ts';
import { version } from './version.ts';

/** The composition root: the only place that reads arguments, environment and signals. */
const { env } = process;
/** Milliseconds after which an orderly end is given up. */
const shutdownMs = 10_000;
/** Beside this file, both in src/ and in dist/. */
const sandboxWorker = new URL(`sandbox-worker${/\.[jt]s$/.exec(import.meta.url)}`, import.meta.url);
/** Written at once: a thread pool takes many times longer for one line, and loses the last ones of a crash. */
const sink = pino.destination({ dest: process.stdout.fd, sync: true });

// V8 would let the heap grow to four times what lives in it: 100 MB of garbage for a tenth less CPU. Its saver mode closes
// the gaps between what lives at every collection: 7 MB for 2 % more.
setFlagsFromString('--heap-growing-percent=45');
setFlagsFromString('--memory-saver-mode');
// Node cuts small Buffers from slabs of 64 kB, and each slab lives as long as the last of its Buffers.
Buffer.poolSize = 1024;

const [verb, ...args] = process.argv.slice(2);
if (verb === '--version') print(`${version}\n`);
else if (verb === 'controller' && !args.includes('--help')) await controller(args);
else if (verb === '--help' || args.includes('--help')) print(helpText());
else refuse(verb === undefined ? 'say what to run: controller' : 'there is no such command; there is: controller');

async function controller(flags: readonly string[]): Promise<void> {
  const config = parseConfig(flags, env);
  if (!config.ok) return refuse(config.fault);
  const flaw = extraCaFlaw(env.NODE_EXTRA_CA_CERTS);
  if (flaw !== undefined) return refuse(flaw);
  const log = pino({ level: config.value.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }, sink);
  const traces = parseTraces(env);
  if (!traces.ok) return refuse(traces.fault);
  const audit = auditTo(config.value.auditLog);
  if (!audit.ok) return refuse(audit.fault);
  const login = await logIn(config.value);
  if (!login.ok) return refuse(login.fault.message);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      log.info({ signal }, 'asked to stop');
      setTimeout(() => process.exit(1), shutdownMs).unref();
      stop.abort();
    });
  const engine = v8Heap();
  if (engine) collectWhenIdle(engine, systemTimers, stop.signal);
  const tracer = traces.value && (await tracerFor(traces.value, log));
  const sandbox = createSandbox({ entry: sandboxWorker, clock: systemClock });
  await runOperator(
    { config: config.value, restConfig: login.value, log, audit: audit.value, tracer, sandbox, version },
    stop.signal,
  );
  if (tracer === undefined) return;
  await tracer.end();
  process.exit(); // a collector that hangs is not waited for: all else is closed
}

async function tracerFor(config: TracesConfig, log: Logger): Promise<Tracer> {
  const { createTracer } = await import('./server/otlp.ts');
  const onDelivery = (delivered: boolean): void =>
    delivered
      ? log.info('traces are delivered again')
      : log.warn('traces are not delivered: the endpoint of OTEL_EXPORTER_OTLP_ENDPOINT does not take them');
  return createTracer({ config, version, onDelivery });
}

/** Beside the log, or to a file that SIGHUP opens again after it was moved away. */
function auditTo(where: string): Result<((record: AuditRecord) => void) | undefined, string> {
  if (where === '') return ok(undefined);
  try {
    const out = where === 'stdout' ? sink : pino.destination({ dest: where, append: true, sync: true });
    if (out !== sink) process.on('SIGHUP', () => out.reopen());
    const write = (record: AuditRecord): void =>
      void out.write(`${JSON.stringify({ stream: 'audit', time: new Date(), ...record })}\n`);
    return ok(write);
  } catch {
    return failed('--audit-log (or SHEARLINE_AUDIT_LOG) names a file that cannot be opened for writing');
  }
}

async function logIn({ kubeconfig }: Config): Promise<Result<RestConfig, Pick<Fault, 'message'>>> {
  if (kubeconfig !== undefined)
    return (await import('./kube/kubeconfig.ts')).restConfigFromKubeconfig(kubeconfig, systemClock);
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (host === undefined || port === undefined)
    return failed({ message: 'this is no pod of a cluster: name a kubeconfig by --kubeconfig FILE' });
  return inClusterConfig({ host, port }, systemClock);
}

function print(text: string): void {
  process.stdout.write(text);
}

function refuse(why: string): void {
  process.stderr.write(`shearline: ${why}\nSee shearline --help.\n`);
  process.exitCode = 2;
}
