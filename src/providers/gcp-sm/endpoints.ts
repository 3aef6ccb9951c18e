import type { GcpSmSpec } from './spec.ts';

/** Where Google's services are, for one source. None of it is looked for: no environment, no discovery. */

export const secretManager = ({ endpoint, location }: GcpSmSpec): string =>
  endpoint ?? `https://secretmanager.${location === undefined ? '' : `${location}.rep.`}googleapis.com`;

export const tokenService = ({ stsEndpoint }: GcpSmSpec): string => stsEndpoint ?? 'https://sts.googleapis.com';

export const iamCredentials = ({ iamEndpoint }: GcpSmSpec): string =>
  iamEndpoint ?? 'https://iamcredentials.googleapis.com';

export const oauth = ({ oauthEndpoint }: GcpSmSpec): string => oauthEndpoint ?? 'https://oauth2.googleapis.com';

/** By its address: a name would be resolved by somebody. Plain http is all that it speaks. */
export const metadataServer = 'http://169.254.169.254';

/** `projects/P`, or `projects/P/locations/L`: what secrets are below of. */
export const parentOf = ({ project, location }: GcpSmSpec): string =>
  `projects/${project}${location === undefined ? '' : `/locations/${location}`}`;

/** How messages name the store: `Secret Manager of project etl-prod in europe-west3`. */
export const storeName = ({ project, location }: GcpSmSpec): string =>
  `Secret Manager of project ${project}${location === undefined ? '' : ` in ${location}`}`;

export const hostOf = (url: string): string => new URL(url).host;
