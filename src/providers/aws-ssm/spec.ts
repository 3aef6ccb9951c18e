import type { Parsed } from '../../schema/parsed.ts';
import { AwsSpec } from '../aws/spec.ts';

/** `spec.provider.awsSsm`: type, parser and CRD schema. */
export const AwsSsmSpec = AwsSpec.meta({ description: 'AWS Systems Manager Parameter Store.' });
export type AwsSsmSpec = Parsed<typeof AwsSsmSpec>;
