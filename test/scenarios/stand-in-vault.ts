import { type Answer, json } from '../servers/answers.ts';
import { type Authority, issueCertificate } from '../servers/certificates.ts';
import { type RecordedRequest, type StandIn, startStandIn } from '../servers/stand-in.ts';

/** The few endpoints of Vault that one read needs, each byte as the test wants it: what OpenBao itself would not store or not do. */
export interface StandInVault {
  readonly address: string;
  /** JSON text of the pairs under `secret/data/<key>`, sent as it is. */
  readonly values: Map<string, string>;
  /** Keys that were asked for, in the order in which the requests came. */
  asked(): readonly string[];
  logins(): number;
  /** Keeps all reads waiting until they are let go. */
  hold(): void;
  letGo(): void;
  /** Answers instead of the usual ones; undefined: the usual one. */
  answerWith(special: (request: RecordedRequest) => Answer | undefined): void;
  stop(): Promise<void>;
}

export async function startStandInVault({ authority }: { readonly authority: Authority }): Promise<StandInVault> {
  const values = new Map<string, string>();
  let special: (request: RecordedRequest) => Answer | undefined = () => undefined;
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  const answer = async (request: RecordedRequest) => {
    const key = keyOf(request);
    if (key !== undefined) await gate.promise;
    return special(request) ?? (key === undefined ? administrative(request) : read(values.get(key)));
  };
  const tls = await issueCertificate(authority, { commonName: 'stand-in-vault', sans: ['127.0.0.1'] });
  const server: StandIn = await startStandIn(answer, { tls });
  return {
    address: server.address,
    values,
    asked: () => server.requests.flatMap(request => keyOf(request) ?? []),
    logins: () => server.requests.filter(({ path }) => path.endsWith('/login')).length,
    hold: () => {
      gate = Promise.withResolvers();
    },
    letGo: () => gate.resolve(),
    answerWith: next => {
      special = next;
    },
    stop: () => server.stop(),
  };
}

const keyOf = ({ path }: RecordedRequest): string | undefined => /^\/v1\/secret\/data\/([^?]*)/.exec(path)?.[1];

/** Version 1 for ever: these values change by their bytes alone. */
const read = (pairs: string | undefined): Answer =>
  pairs === undefined
    ? json({ errors: [] }, 404)
    : {
        kind: 'reply',
        headers: { 'content-type': 'application/json' },
        body: `{"data":{"data":${pairs},"metadata":{"version":1,"deletion_time":"","destroyed":false}}}`,
      };

/** The token has the form of a real one, so that the search for leaks knows it. */
function administrative({ path }: RecordedRequest): Answer {
  if (path.endsWith('/login'))
    return json({
      auth: { client_token: 's.CANARY7f3aAAAAAAAAAAAAAA', lease_duration: 600, renewable: true, token_type: 'service' },
    });
  if (path.endsWith('/sys/internal/ui/mounts/secret'))
    return json({ data: { type: 'kv', path: 'secret/', options: { version: '2' } } });
  if (path.endsWith('/lookup-self')) return json({ data: { ttl: 600, renewable: true, type: 'service' } });
  return json({}, 200);
}
