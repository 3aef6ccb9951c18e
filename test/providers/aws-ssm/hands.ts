import * as z from 'zod';
import type { Aws } from '../../servers/aws/aws.ts';

const Stored = z.object({ Version: z.number() });

/** What people do in the console of Parameter Store. Names begin with "/", but for those that have none inside. */
export const hands = ({ root }: Pick<Aws, 'root'>) => ({
  /** As a new version; answers its number. */
  put: async (Name: string, Value: string): Promise<number> => {
    const input = { Name, Value, Type: 'SecureString', Overwrite: true };
    return Stored.parse(await root('AmazonSSM.PutParameter', input)).Version;
  },
  label: (Name: string, ParameterVersion: number, label: string) =>
    root('AmazonSSM.LabelParameterVersion', { Name, ParameterVersion, Labels: [label] }),
  tag: async (name: string, tags: Readonly<Record<string, string>>): Promise<void> => {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await root('AmazonSSM.AddTagsToResource', { ResourceType: 'Parameter', ResourceId: name, Tags });
  },
  remove: async (Name: string): Promise<void> => {
    await root('AmazonSSM.DeleteParameter', { Name });
  },
});
