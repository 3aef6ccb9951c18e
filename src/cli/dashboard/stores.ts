import { graph, quantile, type Row, rate } from './words.ts';

const bySource = 'source, namespace';
const sourceLegend = '{{source}} {{namespace}}';

export const stores: Row = {
  title: 'Stores',
  panels: [
    graph(
      'Reads',
      'reqps',
      { [sourceLegend]: rate(bySource, 'provider_read_seconds_count') },
      'Calls, not keys: stores with a batch call read many keys in one.',
    ),
    graph(
      'Errors',
      'reqps',
      {
        [`${sourceLegend} {{outcome}}`]: rate(
          `${bySource}, outcome`,
          'provider_read_seconds_count',
          'outcome!~"ok|throttled"',
        ),
      },
      'unavailable: no answer, or a broken one. denied: no right to that key.',
    ),
    graph(
      'Latency of reads, 99 %',
      's',
      { [sourceLegend]: quantile(0.99, bySource, 'provider_read_seconds') },
      'From the call until its answer, retries within it included.',
    ),
    graph(
      'Throttled',
      'reqps',
      { [sourceLegend]: rate(bySource, 'provider_read_seconds_count', 'outcome="throttled"') },
      'The store asks for fewer calls: raise refreshInterval, or its limit.',
    ),
    graph(
      'Traffic',
      'Bps',
      { '{{provider}} {{direction}}': rate('provider, direction', 'provider_body_bytes_total') },
      'Bodies only.',
    ),
  ],
};

export const logins: Row = {
  title: 'Logins',
  panels: [
    graph(
      'Logins',
      'reqps',
      { [`${sourceLegend} {{outcome}}`]: rate(`${bySource}, outcome`, 'provider_login_seconds_count') },
      'A session serves all references of one identity, so there are few.',
    ),
    graph(
      'Refused',
      'reqps',
      { [sourceLegend]: rate(bySource, 'provider_login_seconds_count', 'outcome="denied"') },
      'Role, audience or ServiceAccount do not fit: the condition of the reference says which.',
    ),
    graph(
      'Latency, 99 %',
      's',
      { [sourceLegend]: quantile(0.99, bySource, 'provider_login_seconds') },
      'From the call until the session.',
    ),
  ],
};
