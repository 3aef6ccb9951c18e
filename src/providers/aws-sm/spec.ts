import type { Parsed } from '../../schema/parsed.ts';
import { AwsSpec } from '../aws/spec.ts';

/** `spec.provider.awsSm`: type, parser and CRD schema. */
export const AwsSmSpec = AwsSpec.meta({ description: 'AWS Secrets Manager.' });
export type AwsSmSpec = Parsed<typeof AwsSmSpec>;
