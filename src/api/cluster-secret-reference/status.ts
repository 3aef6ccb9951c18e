import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { conditions } from '../conditions.ts';
import { count, listMap, observedGeneration } from '../fields.ts';

/** However many namespaces are in trouble, the status names no more. */
export const mostNotReady = 20;

const NotReady = z.object({
  namespace: z.string().max(63).meta({ description: 'The namespace.' }),
  reason: z.string().max(1024).meta({ description: 'Why, in one word: see the table of reasons.' }),
  message: z.string().max(1024).exactOptional().meta({
    description: 'Why, in a sentence; absent where the SecretReference itself says it.',
  }),
});
export type NotReady = Parsed<typeof NotReady>;

const token = z.string().max(256);

export const ClusterSecretReferenceStatus = z
  .object({
    observedGeneration,
    conditions,
    namespaces: z
      .object({
        matched: count.meta({ description: 'Namespaces that are chosen, but for those that are being deleted.' }),
        ready: count.meta({ description: 'Those whose SecretReference is Ready with the current spec.' }),
        failed: count.meta({ description: 'Those whose SecretReference fails, or could not be written.' }),
        conflicts: count.meta({ description: 'Those with a SecretReference of that name that belongs to others.' }),
      })
      .exactOptional()
      .meta({ description: 'How many. What is neither ready nor failed nor a conflict is under way.' }),
    notReady: listMap(NotReady, 'namespace', mostNotReady)
      .default([])
      .meta({
        description: `Namespaces in trouble, in alphabetical order, the first ${mostNotReady} of them.`,
      }),
    rotation: z
      .object({
        lastHandled: token.exactOptional().meta({
          description: 'The last token that each SecretReference has answered, whatever the answer.',
        }),
        lastSucceeded: token.exactOptional().meta({
          description: 'The last token that each has answered by Rotated or NoChange. Wait for your token here.',
        }),
      })
      .exactOptional()
      .meta({ description: 'The last rotation of all that was asked for by annotation.' }),
  })
  .meta({ description: 'What became of it.' });
export type ClusterSecretReferenceStatus = Parsed<typeof ClusterSecretReferenceStatus>;
