import type { STSClientConfig } from '@aws-sdk/client-sts';
import type { HttpFault, ProviderHttp } from '../../net/http.ts';
import { isFitForSdk } from '../kit/json-body.ts';
import type { AwsKeys } from './identity.ts';
import type { AwsSpec } from './spec.ts';

/** The configuration of every client: our transport, these keys, and nothing from environment, files or metadata services. */
export function clientConfig(
  { region }: AwsSpec,
  endpoint: string,
  http: ProviderHttp,
  keys: AwsKeys | undefined,
): ClientConfig {
  return {
    region,
    endpoint,
    credentials: keys ?? noKeys,
    requestHandler: { metadata: { handlerProtocol: 'http/1.1' }, handle: carry(http), destroy: () => undefined },
    maxAttempts: 1, // retries are drawn on the source, by the layer above
    // Each of these would otherwise be looked for in AWS_* and ~/.aws.
    retryMode: 'standard',
    defaultsMode: 'standard',
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    authSchemePreference: [],
    userAgentAppId: async () => undefined,
    defaultUserAgentProvider: async () => [['shearline']],
    disableClockSkewCorrection: async () => false,
  };
}

/** What the clients of all services take. */
export type ClientConfig = Pick<
  STSClientConfig,
  | 'region'
  | 'endpoint'
  | 'requestHandler'
  | 'maxAttempts'
  | 'retryMode'
  | 'defaultsMode'
  | 'useDualstackEndpoint'
  | 'useFipsEndpoint'
  | 'authSchemePreference'
  | 'userAgentAppId'
  | 'defaultUserAgentProvider'
  | 'disableClockSkewCorrection'
> & { readonly credentials: AwsKeys | (() => Promise<AwsKeys>) };

/** Carries a fault of the transport through the SDK, which only knows thrown errors. */
export class NoAnswer extends Error {
  readonly fault: HttpFault;

  constructor(fault: HttpFault) {
    super(fault.kind);
    this.fault = fault;
  }
}

/** For calls that are not signed: the SDK must not go and look for keys. */
async function noKeys(): Promise<never> {
  throw new Error('a call that is not signed asked for keys');
}

/** What the SDK hands to its HTTP function. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface SdkOptions {
  readonly abortSignal?: AbortSignal;
}

/** How the transport's Retry-After comes out of the SDK: as a header of the answer that was refused. */
export const waitHeader = 'shearline-retry-after-ms';

const never = new AbortController().signal;

const carry =
  (http: ProviderHttp) =>
  async (request: SdkRequest, { abortSignal = never }: SdkOptions = {}) => {
    const { method, headers } = request;
    const answer = await http.request({ method, url: urlOf(request), headers, body: bodyOf(request) }, abortSignal);
    if (!answer.ok) throw new NoAnswer(answer.fault);
    const { status: statusCode, body, retryAfterMs } = answer.value;
    const wait = retryAfterMs === undefined ? {} : { [waitHeader]: `${retryAfterMs}` };
    // A copy, because the SDK writes into both.
    const copy = isFitForSdk(body) ? Uint8Array.from(body) : new Uint8Array();
    return { response: { statusCode, headers: { ...answer.value.headers, ...wait }, body: copy } };
  };

const urlOf = ({ protocol, hostname, port, path }: SdkRequest): string =>
  `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`;

/** All calls of the three services are a POST with a body of text. */
function bodyOf({ body }: SdkRequest): string | Uint8Array {
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  throw new Error('the SDK sends a body that is neither text nor bytes');
}
