import type { ConformanceCluster } from '../conformance/cluster.ts';
import type { Harness } from '../conformance/harness.ts';
import type { Answer } from '../servers/answers.ts';
import { issueCertificate } from '../servers/certificates.ts';
import { startFront } from '../servers/fronted.ts';
import type { RecordedRequest } from '../servers/stand-in.ts';

/** A store in which some keys can be made to misbehave, and no others. */
export interface NoisyStore extends Harness {
  /** From now on a request in which the name of such a key stands meets this answer; without one all is well again. */
  spoil(name: string, answer?: Answer): void;
  /** How many requests had that in them so far. */
  asked(name: string): number;
}

type Start = (cluster: ConformanceCluster) => Promise<Harness>;

/** The store of a harness behind one more front. `field`: of the spec, its address. */
export const noisy =
  (start: Start, field: string) =>
  async (cluster: ConformanceCluster): Promise<NoisyStore> => {
    const { authority } = cluster.controlPlane;
    const tls = await issueCertificate(authority, { commonName: 'noisy', sans: ['127.0.0.1'] });
    let ca = '';
    const store = await start({
      ...cluster,
      caBundle: (name, pem) => {
        ca = pem;
        return cluster.caBundle(name, `${pem}\n${authority.certificate}`);
      },
    });
    const address = Object.entries(store.spec).find(([name]) => name === field)?.[1];
    const spoilt = new Set<string>();
    const describe = ({ path, body }: RecordedRequest) => {
      const kind = [...spoilt].find(name => `${path} ${body}`.includes(name));
      return kind === undefined ? undefined : { kind };
    };
    const front = await startFront<string, { readonly kind: string }>({ upstream: `${address}`, ca, tls, describe });
    return {
      ...store,
      spec: { ...store.spec, [field]: front.address },
      spoil: (name, answer) => {
        spoilt.add(name);
        front.misbehave(name, answer);
      },
      asked: name => front.requests.filter(({ path, body }) => `${path} ${body}`.includes(name)).length,
      close: async () => {
        await front.stop();
        await store.close();
      },
    };
  };
