import { labels as labelNames, annotations as names } from '../../api/annotations.ts';
import type { DesiredSecret } from '../../controllers/secret-reference/nouns/desired.ts';
import type { SecretValue } from '../../core/secret-value.ts';
import { printDocument } from '../documents.ts';

/** How Secrets are shown. */
export interface Show {
  readonly output: 'yaml' | 'json';
  readonly reveal: boolean;
}

/** Secrets as manifests. Unless they are revealed, of each value its size is shown and nothing else. */
export function printSecrets(secrets: readonly DesiredSecret[], { output, reveal }: Show): string {
  const shown = secrets.map(secret => manifestOf(secret, reveal ? revealed(secret) : redacted(secret)));
  if (output === 'yaml') return shown.map(each => printDocument(each)).join('');
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: shown }, undefined, 2)}\n`;
}

type Data = { readonly data?: Record<string, string>; readonly stringData?: Record<string, string> };

/** Without the marks of an owner, who is in no file. */
function manifestOf({ name, namespace, type, ...secret }: DesiredSecret, data: Data): object {
  const labels = without(secret.labels, [labelNames.managed]);
  const annotations = without(secret.annotations, [names.owner, names.managedMetadata]);
  const metadata = { name, namespace, ...(labels && { labels }), ...(annotations && { annotations }) };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type, ...(secret.immutable && { immutable: true }), ...data };
}

function without(map: DesiredSecret['labels'], marks: readonly string[]): DesiredSecret['labels'] | undefined {
  const others = Object.entries(map).filter(([name]) => !marks.includes(name));
  return others.length > 0 ? Object.fromEntries(others) : undefined;
}

const redacted = ({ data }: DesiredSecret): Data => ({
  stringData: Object.fromEntries([...data].map(([key, value]) => [key, `<redacted, ${sizeOf(value)}>`])),
});

const sizeOf = ({ size }: SecretValue): string => `${size} byte${size === 1 ? '' : 's'}`;

/** Texts as they are, so that they can be read; what is no text as Kubernetes writes it. */
function revealed({ data }: DesiredSecret): Data {
  const all = [...data].map(([key, value]) => ({ key, text: value.revealText(), bytes: value.reveal() }));
  const texts = all.flatMap(({ key, text }) => (text === undefined ? [] : [[key, text] as const]));
  const others = all.flatMap(({ key, text, bytes }) =>
    text === undefined ? [[key, Buffer.from(bytes).toString('base64')] as const] : [],
  );
  return {
    ...(texts.length > 0 && { stringData: Object.fromEntries(texts) }),
    ...(others.length > 0 && { data: Object.fromEntries(others) }),
  };
}
