import { createSocket } from 'node:dgram';
import { isIPv4 } from 'node:net';

/** What a server knows of a name: addresses of either family, or how it fails. */
export type Zone = Readonly<Record<string, readonly string[] | 'servfail' | 'silent' | 'silent-on-aaaa'>>;

export interface DnsServer {
  /** As `setServers` takes it. */
  readonly address: string;
  /** `A name` and `AAAA name`, in the order in which they came. */
  readonly questions: string[];
  zone: Zone;
  close(): Promise<void>;
}

const types: Readonly<Record<number, 'A' | 'AAAA'>> = { 1: 'A', 28: 'AAAA' };

/** A name server that answers by UDP what its zone says, each address for `ttl` seconds; other names do not exist. */
export async function startDnsServer(zone: Zone, ttl = 60): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const server = {
    address: '',
    questions: [] as string[],
    zone,
    close: () => new Promise<void>(resolve => socket.close(() => resolve())),
  };
  socket.on('message', (message, { port, address }) => {
    const { name, type, end } = questionIn(message);
    server.questions.push(`${type} ${name}`);
    const known = server.zone[name] ?? [];
    if (known === 'silent' || (known === 'silent-on-aaaa' && type === 'AAAA')) return;
    const fits = (text: string) => isIPv4(text) === (type === 'A');
    const found = known === 'servfail' ? [] : (known === 'silent-on-aaaa' ? ['192.0.2.1'] : known).filter(fits);
    const code = known === 'servfail' ? 2 : name in server.zone ? 0 : 3;
    socket.send(answerTo(message.subarray(0, end), found, code, ttl), port, address);
  });
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve));
  server.address = `127.0.0.1:${socket.address().port}`;
  return server;
}

function questionIn(message: Buffer) {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: types[message.readUInt16BE(at + 1)] ?? 'A', end: at + 5 };
}

/** Header and question as they came, with the answers behind them. */
function answerTo(question: Buffer, addresses: readonly string[], code: number, ttl: number): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...addresses.map(address => record(address, ttl))]);
}

function record(address: string, ttl: number): Buffer {
  const data = bytesOf(address);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(isIPv4(address) ? 1 : 28, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** IPv6 is written as `prefix::last`. */
function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [front = '', back = ''] = address.split('::').map(half => half.split(':').filter(Boolean).map(hex).join(''));
  return Buffer.from(front.padEnd(32 - back.length, '0') + back, 'hex');
}

const hex = (group: string): string => group.padStart(4, '0');
