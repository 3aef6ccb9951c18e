import { createHash, createHmac } from 'node:crypto';

/** What a test signs as root. */
export interface Unsigned {
  readonly service: string;
  readonly region: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SigningKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The headers of a POST to `/`, signed with AWS's Signature Version 4. */
export function signed(call: Unsigned, keys: SigningKeys, now = new Date()): Readonly<Record<string, string>> {
  const time = now.toISOString().replace(/[:-]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const headers = { ...call.headers, host: call.host, 'x-amz-date': time };
  const entries = Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const names = entries.map(([name]) => name).join(';');
  const lines = entries.map(([name, value]) => `${name}:${value}\n`).join('');
  const request = ['POST', '/', '', lines, names, sha256(call.body)].join('\n');
  const scope = `${day}/${call.region}/${call.service}/aws4_request`;
  const key = [day, call.region, call.service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${keys.secretAccessKey}`,
  );
  const signature = createHmac('sha256', key)
    .update(['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n'))
    .digest('hex');
  const credential = `Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization: `AWS4-HMAC-SHA256 ${credential}` };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
