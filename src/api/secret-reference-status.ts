import { z } from 'zod';
import type { Parsed } from '../schema/parsed.ts';
import { conditions } from './conditions.ts';
import { count, observedGeneration, sourceKinds, time } from './fields.ts';

const token = z.string().max(256);

/** The answers to rotation requests, each named by the token that asked. */
export const RotationStatus = z
  .object({
    lastHandled: token.exactOptional().meta({ description: 'The last token that was answered, whatever the answer.' }),
    lastSucceeded: token.exactOptional().meta({
      description: 'The last token that was answered by Rotated or NoChange. Wait for your token here.',
    }),
    lastForceSync: token.exactOptional().meta({ description: 'The last value of force-sync that was answered.' }),
    result: z.enum(['Rotated', 'NoChange', 'Failed']).exactOptional().meta({
      description: 'Rotated: the Secret changed. NoChange: the store has nothing newer. Failed: see reason.',
    }),
    reason: z.string().max(1024).exactOptional().meta({ description: 'Reason of the last answer.' }),
    message: z.string().max(32_768).exactOptional().meta({ description: 'What is wrong, and how to fix it.' }),
    time: time.exactOptional().meta({ description: 'When the last token was answered.' }),
  })
  .meta({ description: 'The last rotation that was asked for by annotation.' });
export type RotationStatus = Parsed<typeof RotationStatus>;

const remoteVersion = z.object({
  source: z.string().max(253).meta({ description: 'Name of the source.' }),
  key: z.string().max(1024).meta({ description: 'The remote key.' }),
  version: z
    .string()
    .max(128)
    .exactOptional()
    .meta({ description: 'The version that is served; absent when the store has none.' }),
});

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
      })
      .exactOptional()
      .meta({ description: 'The Secret as it was last written.' }),
    remote: z
      .array(remoteVersion)
      .max(maxRemote)
      .default([])
      .meta({ description: 'What is served: a repair puts these versions back.', 'x-kubernetes-list-type': 'atomic' }),
    lastSyncTime: time.exactOptional().meta({ description: 'When the Secret was last written.' }),
    rotation: RotationStatus.exactOptional(),
  })
  .meta({ description: 'What the operator found and did. Never holds a value or a hash of one.' });
export type SecretReferenceStatus = Parsed<typeof SecretReferenceStatus>;
