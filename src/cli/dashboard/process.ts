import { graph, of, only, quantile, type Row, rate } from './words.ts';

export const queue: Row = {
  title: 'Queue',
  panels: [
    graph('Waiting', 'short', { '{{priority}}': `sum by (priority) (${of('queue_depth')})` }, 'References that wait.'),
    graph(
      'Time in the queue, 99 %',
      's',
      { '{{priority}}': quantile(0.99, 'priority', 'queue_wait_seconds') },
      'From due to begun. Rotations go before edits, edits before refreshes.',
    ),
    graph(
      'Time of a reconcile, 99 %',
      's',
      { '{{controller}} {{priority}}': quantile(0.99, 'controller, priority', 'reconcile_duration_seconds') },
      'The store included.',
    ),
    graph(
      'Reconciles, by outcome',
      'ops',
      { '{{controller}} {{outcome}}': rate('controller, outcome', 'reconcile_duration_seconds_count') },
      'All of them, those that only looked included.',
    ),
  ],
};

export const health: Row = {
  title: 'Leader and event loop',
  panels: [
    graph('Leader', 'short', { '{{instance}}': of('leader') }, '1 for the replica that leads, 0 for the others.'),
    graph(
      'Lag of the event loop, 99 %',
      's',
      { '{{instance}}': only('nodejs_eventloop_lag_p99_seconds') },
      'Above a second something holds everything up.',
    ),
    graph(
      'Trouble',
      'ops',
      {
        'panic in {{controller}}': rate('controller', 'panics_total'),
        'held the loop: {{controller}}': rate('controller', 'loop_holds_total'),
        'watch of {{resource}}: {{error}}': rate('resource, error', 'watch_errors_total'),
        'events dropped': `sum(rate(${of('events_dropped_total')}[$__rate_interval]))`,
      },
      'Interrupted watches heal by themselves; a bug is ours.',
    ),
  ],
};

export const apiServer: Row = {
  title: 'API server',
  panels: [
    graph('Requests', 'reqps', { '{{method}}': rate('method', 'api_request_seconds_count') }, 'Watches apart.'),
    graph(
      'Refused and lost',
      'reqps',
      { '{{method}} {{code}}': rate('method, code', 'api_request_seconds_count', 'code!~"2.."') },
      '409: decided again on newer facts. lost: no answer.',
    ),
    graph('Latency, 99 %', 's', { '{{method}}': quantile(0.99, 'method', 'api_request_seconds') }, 'Retries included.'),
  ],
};

export const resources: Row = {
  title: 'Memory and CPU',
  panels: [
    graph(
      'Resident memory',
      'bytes',
      { '{{instance}}': only('process_resident_memory_bytes') },
      'What the limit holds against.',
    ),
    graph(
      'Heap',
      'bytes',
      {
        'used {{instance}}': only('nodejs_heap_size_used_bytes'),
        'external {{instance}}': only('nodejs_external_memory_bytes'),
      },
      'Of Node.',
    ),
    graph(
      'CPU',
      'percentunit',
      { '{{instance}}': `rate(${only('process_cpu_seconds_total')}[$__rate_interval])` },
      'Of one core.',
    ),
  ],
};
