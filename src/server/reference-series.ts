import { annotations, labels } from '../api/annotations.ts';
import type { SecretReference } from '../api/secret-reference/secret-reference.ts';
import { findCondition } from '../controllers/conditions.ts';
import { oldestServed } from '../controllers/secret-reference/nouns/rotation-due.ts';
import { isRequested, requested } from '../controllers/secret-reference/rotation.ts';
import type { MetadataObject } from '../core/object-meta.ts';

/** What these families are made from: the caches, so that a series goes with its object. */
export interface ReferenceView {
  readonly references: { values(): Iterable<SecretReference> };
  readonly targets: { values(): Iterable<MetadataObject> };
  leads(): boolean;
  /** Milliseconds since the epoch; undefined when this process has not asked the store for it yet. */
  checkedAt(reference: SecretReference): number | undefined;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly series: (view: ReferenceView) => Iterable<string>;
}

const named = ['namespace', 'name'];
const owned = [...named, 'owner'];

/**
 * Families with a series for each reference or target, written by hand: prom-client makes 4 kB of garbage for each
 * series, and holds up everything else for 50 ms when 10,000 are scraped.
 */
export const referenceFamilies: readonly Family[] = [
  {
    name: 'shearline_reference_checked_timestamp_seconds',
    help: 'When the store was last asked for a reference: its freshness.',
    labels: owned,
    *series({ references, checkedAt }) {
      for (const reference of references.values()) {
        const at = checkedAt(reference);
        if (at !== undefined) yield `{${ownerOf(reference)}} ${at / 1000}`;
      }
    },
  },
  {
    name: 'shearline_reference_unsynced_since_timestamp_seconds',
    help: 'Since when a reference is not in step with its store. No series: it is.',
    labels: [...owned, 'reason'],
    *series({ references }) {
      for (const reference of references.values()) {
        const synced = findCondition(reference.status?.conditions, 'Synced');
        if (synced?.status === 'False')
          yield `{${ownerOf(reference)},reason="${synced.reason}"} ${Date.parse(synced.lastTransitionTime) / 1000}`;
      }
    },
  },
  {
    name: 'shearline_reference_rotation_pending',
    help: '1 while a rotation was asked for and is not answered. No series: none is.',
    labels: owned,
    *series({ references, leads }) {
      if (!leads()) return;
      for (const reference of references.values())
        if (!(reference.spec.ok && reference.spec.value.suspend) && isRequested(requested(reference)))
          yield `{${ownerOf(reference)}} 1`;
    },
  },
  {
    name: 'shearline_reference_rotation_due_timestamp_seconds',
    help: 'When what is served becomes older than spec.rotation.every. No series: nobody asked.',
    labels: owned,
    *series({ references }) {
      for (const reference of references.values()) {
        const oldest = oldestServed(reference.spec, reference.status?.remote ?? []);
        if (oldest !== undefined) yield `{${ownerOf(reference)}} ${oldest.dueAt / 1000}`;
      }
    },
  },
  {
    name: 'shearline_target_certificate_expiry_timestamp_seconds',
    help: 'When the certificate of a Secret of type kubernetes.io/tls ends.',
    labels: named,
    *series({ targets }) {
      for (const { metadata } of targets.values()) {
        // The Secret beside it has the same certificate, and older revisions are on their way out.
        if (metadata.labels[labels.revisionOf] !== undefined) continue;
        const at = Date.parse(metadata.annotations[annotations.certificateExpires] ?? '');
        if (!Number.isNaN(at)) yield `{${nameOf({ metadata })}} ${at / 1000}`;
      }
    },
  },
];

/** In the text format of Prometheus. */
export function referenceSeries(view: ReferenceView): string {
  let text = '';
  for (const { name, help, series } of referenceFamilies) {
    text += `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`;
    for (const each of series(view)) text += `${name}${each}\n`;
  }
  return text;
}

/** Names of Kubernetes need no escapes. */
const nameOf = ({ metadata: { namespace, name } }: Pick<MetadataObject, 'metadata'>): string =>
  `namespace="${namespace}",name="${name}"`;

function ownerOf(reference: SecretReference): string {
  const owner = reference.spec.ok ? reference.spec.value.owner : undefined;
  return `${nameOf(reference)},owner="${escaped(owner ?? '')}"`;
}

const escaped = (text: string): string => text.replace(/[\\"]/g, character => `\\${character}`).replaceAll('\n', '\\n');
