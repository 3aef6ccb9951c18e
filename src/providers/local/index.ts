import { ok } from '../../core/result.ts';
import { checkKey } from '../kit/plain-key.ts';
import type { Provider } from '../provider.ts';
import { LocalSpec } from './spec.ts';

/** Files and environment of whoever runs a command. What reads them is loaded at the first login. */
export const local: Provider<LocalSpec> = {
  name: 'local',
  docs: {
    title: 'Files and environment of a laptop',
    identity: 'Whoever runs `shearline render` or `run`; never in a cluster',
    features: '`.env`, JSON and SQLite files, environment variables; `find` by prefix and name',
    limits: 'No versions, no tags',
  },
  capabilities: ['list'],
  spec: LocalSpec,
  needs: () => ({ addresses: [], credentials: [], insecure: 'machine' }),
  check: spec => ok(spec),
  canonicalKey: (_spec, key) => checkKey(key),
  login: async (spec, ports) => (await import('./login.ts')).login(spec, ports),
};
