import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, withRules } from '../../schema/rule.ts';

/** `spec.provider.local`: one file, or the environment. */
const file = z
  .string()
  .min(1)
  .max(1024)
  .meta({ description: 'Path of the file, relative to the folder that the command runs in.' });

const identifier = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/);

const Sqlite = z
  .object({
    file,
    table: identifier.meta({ description: 'The table.' }),
    keyColumn: identifier.default('key').meta({ description: 'The column of the remote keys; default: key.' }),
    valueColumn: identifier.default('value').meta({ description: 'The column of the values; default: value.' }),
  })
  .meta({ description: 'A table of a SQLite database: a row a remote key.' });

export const LocalSpec = withRules(
  z
    .object({
      dotenv: z
        .object({ file })
        .exactOptional()
        .meta({ description: 'A file of lines NAME=value: a name is a remote key.' }),
      json: z
        .object({ file })
        .exactOptional()
        .meta({ description: 'A file with a JSON object: its members are the remote keys.' }),
      environment: z
        .object({
          prefix: z
            .string()
            .max(128)
            .regex(/^[A-Za-z0-9_]*$/)
            .default('')
            .meta({ description: 'What names begin with. A remote key is the rest of a name.' }),
        })
        .exactOptional()
        .meta({ description: 'The environment of the command.' }),
      sqlite: Sqlite.exactOptional(),
    })
    .meta({
      description:
        'Files and environment of a laptop or CI job, for the commands render and run. The operator never takes it.',
    }),
  exactlyOne('dotenv', 'json', 'environment', 'sqlite'),
);
export type LocalSpec = Parsed<typeof LocalSpec>;
