import * as z from 'zod';
import type { Aws } from '../../servers/aws/aws.ts';
import { AwsError } from '../../servers/aws/ministack.ts';

const Stored = z.object({ VersionId: z.string(), ARN: z.string() });

/** What people do in the console of Secrets Manager. */
export const hands = ({ root }: Pick<Aws, 'root'>) => ({
  /** As a new version, which is AWSCURRENT unless told otherwise; answers its id. */
  put: async (name: string, value: string | Uint8Array, stages?: readonly string[]): Promise<string> => {
    const content =
      typeof value === 'string' ? { SecretString: value } : { SecretBinary: Buffer.from(value).toString('base64') };
    const newer = { SecretId: name, ...content, ...(stages && { VersionStages: stages }) };
    const stored = await root('secretsmanager.PutSecretValue', newer).catch((problem: unknown) => {
      if (!(problem instanceof AwsError && problem.code === 'ResourceNotFoundException')) throw problem;
      return root('secretsmanager.CreateSecret', { Name: name, ...content });
    });
    return Stored.parse(stored).VersionId;
  },
  moveStage: (name: string, stage: string, to: string, from?: string) =>
    root('secretsmanager.UpdateSecretVersionStage', {
      SecretId: name,
      VersionStage: stage,
      MoveToVersionId: to,
      ...(from !== undefined && { RemoveFromVersionId: from }),
    }),
  tag: async (name: string, tags: Readonly<Record<string, string>>): Promise<void> => {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await root('secretsmanager.TagResource', { SecretId: name, Tags });
  },
  remove: async (name: string, how: 'scheduled' | 'at once'): Promise<void> => {
    const window = how === 'scheduled' ? { RecoveryWindowInDays: 7 } : { ForceDeleteWithoutRecovery: true };
    await root('secretsmanager.DeleteSecret', { SecretId: name, ...window });
  },
  restore: (name: string) => root('secretsmanager.RestoreSecret', { SecretId: name }),
});
