import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { conditions } from '../conditions.ts';
import { count, observedGeneration, sourceKinds, time } from '../fields.ts';
import { Consumers, PreviousRevisions, remoteVersion } from './served.ts';

export const token = z.string().max(256);
const uid = z.string().max(64);
/** A user name, as the API server knows it. */
export const user = z.string().min(1).max(253);

/** The answers to rotation requests, each named by the token that asked. */
export const RotationStatus = z
  .object({
    lastHandled: token.exactOptional().meta({ description: 'The last token that was answered, whatever the answer.' }),
    lastSucceeded: token.exactOptional().meta({
      description: 'The last token that was answered by Rotated or NoChange. Wait for your token here.',
    }),
    lastForceSync: token.exactOptional().meta({ description: 'The last value of force-sync that was answered.' }),
    result: z.enum(['Rotated', 'NoChange', 'Failed', 'RolledBack']).exactOptional().meta({
      description:
        'Rotated: the Secret changed. NoChange: the store has nothing newer. Failed: see reason. RolledBack: it was published, and taken back.',
    }),
    reason: z.string().max(1024).exactOptional().meta({ description: 'Reason of the last answer.' }),
    message: z.string().max(32_768).exactOptional().meta({ description: 'What is wrong, and how to fix it.' }),
    time: time.exactOptional().meta({ description: 'When the last token was answered.' }),
  })
  .meta({ description: 'The last rotation that was asked for by annotation.' });
export type RotationStatus = Parsed<typeof RotationStatus>;

/** Remote secrets that are named in a candidate: status has no room for two full lists. */
export const maxCandidate = 32;

/** Revisions that were found and never published. */
export const maxWithheld = 100;

/** What a refresh or a rotation has found and may not publish yet. */
export const Candidate = z
  .object({
    time: time.meta({ description: 'When it was first found that there is something newer.' }),
    opens: time.exactOptional().meta({ description: 'When the window opens, in which it is published.' }),
    remote: z
      .array(remoteVersion)
      .max(maxCandidate)
      .exactOptional()
      .meta({
        description: `The newer versions as they were last seen, of at most ${maxCandidate} remote secrets.`,
        'x-kubernetes-list-type': 'atomic',
      }),
    rotate: token.exactOptional().meta({ description: 'The token that waits for it, answered when the run ends.' }),
    forceSync: token.exactOptional().meta({ description: 'The value of force-sync that waits for it.' }),
    requestedBy: user.exactOptional().meta({ description: 'Who set the token, as an annotation says.' }),
    run: count.exactOptional().meta({
      description: 'With stages that judge: the number of the run. The SecretRotation NAME-RUN says how far it is.',
    }),
    revision: count
      .exactOptional()
      .meta({ description: 'The revision that is published as it is when the run says so.' }),
    uid: uid.exactOptional().meta({ description: 'UID of its Secret: another of its name is another content.' }),
    from: count.exactOptional().meta({ description: 'The revision that was served when it was found.' }),
    fromUid: uid.exactOptional().meta({ description: 'UID of the Secret of that one.' }),
    generation: count.exactOptional().meta({ description: 'Generation of the reference that it was rendered from.' }),
    templateInputs: z.string().max(64).exactOptional().meta({ description: 'What its templates were rendered with.' }),
    replaced: z.array(remoteVersion).max(maxCandidate).exactOptional().meta({
      description: 'Once it is published: the versions that were served before.',
      'x-kubernetes-list-type': 'atomic',
    }),
    state: z.enum(['Held', 'Published', 'RolledBack']).exactOptional().meta({
      description: 'Of a run: what consumers have of it.',
    }),
    result: z.enum(['Failed', 'RolledBack']).exactOptional().meta({
      description: 'Of a run that has ended: why it is not served. It is not tried again until something changes.',
    }),
  })
  .meta({
    description:
      'Newer values that wait until they may be published. Without a run no Secret has them, and what is newest then is published.',
  });
export type Candidate = Parsed<typeof Candidate>;

/** Applications that run on an older revision: as many names as status has room for. */
export const maxPins = 2000;
/** Characters of such a name. */
export const longestGroup = 253;

/** A Secret of 1 MiB is made of fewer. */
export const maxRemote = 2000;

export const SecretReferenceStatus = z
  .object({
    observedGeneration,
    conditions,
    source: z
      .object({
        kind: z.enum(sourceKinds).meta({ description: 'Kind of the source.' }),
        name: z.string().max(253).meta({ description: 'Name of the source.' }),
      })
      .exactOptional()
      .meta({ description: 'The source that sourceRef, or the default, was resolved to. It is kept once resolved.' }),
    target: z
      .object({
        name: z.string().max(253).meta({ description: 'Name of the Secret.' }),
        generation: count.meta({ description: 'Generation of the reference that the Secret was rendered from.' }),
        revision: count.meta({ description: 'Raised by one with each change of content.' }),
        keys: count.meta({ description: 'Number of keys that this reference keeps in the Secret.' }),
        resourceVersion: z.string().max(128).meta({ description: 'Version of the Secret after the last write.' }),
        templateInputs: z.string().max(64).exactOptional().meta({
          description:
            'Names the versions of the objects and the metadata of the reference that its templates were rendered with.',
        }),
        pinned: z
          .object({
            name: z.string().max(253).meta({ description: 'Name of the Secret.' }),
            uid: uid.meta({ description: 'UID of the Secret: another of its name is another content.' }),
          })
          .exactOptional()
          .meta({ description: 'Where revisions are kept: the immutable Secret that holds this one.' }),
      })
      .exactOptional()
      .meta({ description: 'The Secret as it was last written.' }),
    newestRevision: count.exactOptional().meta({
      description: 'The largest number that a revision has ever had, where they are kept. None is used twice.',
    }),
    withheld: z
      .array(count)
      .max(maxWithheld)
      .exactOptional()
      .meta({
        description: `Revisions that runs found and never published, at most the ${maxWithheld} newest: no rollback by hand publishes them.`,
        'x-kubernetes-list-type': 'atomic',
      }),
    runs: count.exactOptional().meta({
      description: 'How many runs spec.rotation has had. No number is used twice.',
    }),
    pins: z.record(z.string(), count).exactOptional().meta({
      description:
        'With delivery Pinned: the revision that new pods of a running application get, where it is not the newest, by its annotation shearline.dev/pin-group, label spark-app-selector or the UID of its Job.',
      maxProperties: maxPins,
    }),
    remote: z
      .array(remoteVersion)
      .max(maxRemote)
      .default([])
      .meta({ description: 'What is served: a repair puts these versions back.', 'x-kubernetes-list-type': 'atomic' }),
    lastSyncTime: time.exactOptional().meta({ description: 'When the Secret was last written.' }),
    previous: PreviousRevisions.exactOptional(),
    consumers: Consumers.exactOptional(),
    candidate: Candidate.exactOptional(),
    rotation: RotationStatus.exactOptional(),
  })
  .meta({ description: 'What the operator found and did. Never holds a value or a hash of one.' });
export type SecretReferenceStatus = Parsed<typeof SecretReferenceStatus>;
