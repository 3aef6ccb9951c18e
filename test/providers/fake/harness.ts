import { fake } from '../../../src/providers/fake/index.ts';
import { defineProvider } from '../../../src/providers/index.ts';
import type { BoundProvider } from '../../../src/providers/provider.ts';
import type { Harness } from '../../conformance/harness.ts';
import { withoutServer } from '../../conformance/no-server.ts';

interface Entry {
  readonly key: string;
  readonly version: string;
  readonly value: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A source whose spec is changed with each value. */
export async function startFake(): Promise<Harness> {
  let data: readonly Entry[] = [{ key: 'locked/denied', version: '1', value: 'any' }];
  const bound = (): BoundProvider => {
    const provider = defineProvider(fake).bind({ data });
    if (!provider.ok) throw new Error(provider.fault.message);
    return provider.value;
  };
  return {
    ...withoutServer(bound),
    spec: { data },
    put: async (key, value) => {
      const version = `${data.filter(entry => entry.key === key).length + 1}`;
      data = [...data, { key, version, value: `${value}` }];
      return version;
    },
    takes: { bytes: 65_536, binary: false, empty: true, onlyJson: false },
    waysToGo: {
      removed: async key => {
        data = data.filter(entry => entry.key !== key);
      },
    },
    tag: async (key, tags) => {
      data = data.map(entry => (entry.key === key ? { ...entry, tags } : entry));
    },
    noSuchPins: ['999', 'never'],
    moreThanAPage: 30,
    close: async () => undefined,
  };
}
