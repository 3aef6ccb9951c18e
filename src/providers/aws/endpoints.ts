import type { AwsSpec } from './spec.ts';

/** Where AWS answers. Written down here, because addresses are checked before the SDK, which knows them too, is loaded. */

/** Regions of each partition, its name in ARNs, and the end of its host names. */
const partitions: readonly (readonly [regions: RegExp, name: string, domain: string])[] = [
  [/^cn-/, 'aws-cn', 'amazonaws.com.cn'],
  [/^us-gov-/, 'aws-us-gov', 'amazonaws.com'],
  [/^eusc-/, 'aws-eusc', 'amazonaws.eu'],
  [/^us-iso-/, 'aws-iso', 'c2s.ic.gov'],
  [/^us-isob-/, 'aws-iso-b', 'sc2s.sgov.gov'],
  [/^eu-isoe-/, 'aws-iso-e', 'cloud.adc-e.uk'],
  [/^us-isof-/, 'aws-iso-f', 'csp.hci.ic.gov'],
  [/^/, 'aws', 'amazonaws.com'],
];

const found = (region: string) => partitions.find(([regions]) => regions.test(region));

/** `aws`, `aws-cn`… of the region. */
export const partitionOf = (region: string): string => found(region)?.[1] ?? 'aws';

const host = (service: string, region: string): string =>
  `https://${service}.${region}.${found(region)?.[2] ?? 'amazonaws.com'}`;

/** The regional endpoint of STS, unless the source names another: the global one is far away and has its own quota. */
export const stsAddress = ({ region, stsEndpoint }: AwsSpec): string => stsEndpoint ?? host('sts', region);

/** How messages name it. */
export const stsName = ({ region }: AwsSpec): string => `AWS STS in ${region}`;

/** One of the two stores. */
export interface Service {
  /** In host names and in ARNs, where the two stores happen to have the same name. */
  readonly id: 'secretsmanager' | 'ssm';
  /** `AWS Secrets Manager`. */
  readonly title: string;
}

export const storeAddress = ({ id }: Service, { region, endpoint }: AwsSpec): string => endpoint ?? host(id, region);

export const storeName = ({ title }: Service, { region }: AwsSpec): string => `${title} in ${region}`;

/** EKS Pod Identity's agent, on every node. */
export const podIdentityAgent = 'http://169.254.170.23';

/** The instance metadata service. */
export const instanceMetadata = 'http://169.254.169.254';
