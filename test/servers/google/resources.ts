import { type Secret, states, type Version } from './secrets.ts';

/** Secrets and versions as REST shows them. Names have the project's number, whatever was asked for. */
export interface Project {
  readonly id: string;
  readonly number: string;
}

/** Of `$alt=json;enum-encoding=int`: enums as numbers. */
export interface Style {
  readonly numericEnums: boolean;
}

export const nameOf = ({ number }: Project, { id, location }: Pick<Secret, 'id' | 'location'>): string =>
  `projects/${number}${location === undefined ? '' : `/locations/${location}`}/secrets/${id}`;

export const secretResource = (project: Project, secret: Secret) => ({
  name: nameOf(project, secret),
  ...(secret.location === undefined && { replication: { automatic: {} } }),
  createTime: timeOf(secret.createdMs),
  ...(Object.keys(secret.labels).length > 0 && { labels: secret.labels }),
  ...(Object.keys(secret.aliases).length > 0 && {
    versionAliases: Object.fromEntries(Object.entries(secret.aliases).map(([name, number]) => [name, `${number}`])),
  }),
  etag: '"16321a"',
});

export const versionResource = (project: Project, secret: Secret, version: Version, { numericEnums }: Style) => ({
  name: `${nameOf(project, secret)}/versions/${version.number}`,
  createTime: timeOf(version.createdMs),
  state: numericEnums ? states.indexOf(version.state) : version.state,
  replicationStatus: { automatic: {} },
  etag: '"16321b"',
  clientSpecifiedPayloadChecksum: true,
});

export const accessed = (project: Project, secret: Secret, version: Version) => ({
  name: `${nameOf(project, secret)}/versions/${version.number}`,
  payload: { data: Buffer.from(version.data).toString('base64'), dataCrc32c: `${castagnoli(version.data)}` },
});

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** CRC-32C bit by bit, from its definition and not from the operator's table. */
export function castagnoli(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes)
    for (let bit = 0; bit < 8; bit++) {
      const odd = ((remainder ^ (byte >> bit)) & 1) === 1;
      remainder = odd ? (remainder >>> 1) ^ 0x82f63b78 : remainder >>> 1;
    }
  return ~remainder >>> 0;
}
