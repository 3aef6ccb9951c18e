import { isIP } from 'node:net';

/** What belongs together in one of Microsoft's clouds; a vault's host name tells which cloud it is in. */
export interface Cloud {
  /** Who gives the logins. */
  readonly authorityHost: string;
  /** Audience of the ServiceAccount tokens that it takes. */
  readonly audience: string;
}

/** By what follows the vault's own name in its host name. */
const clouds: Readonly<Record<string, Cloud>> = {
  'vault.azure.net': {
    authorityHost: 'https://login.microsoftonline.com',
    audience: 'api://AzureADTokenExchange',
  },
  'vault.usgovcloudapi.net': {
    authorityHost: 'https://login.microsoftonline.us',
    audience: 'api://AzureADTokenExchangeUSGov',
  },
  'vault.azure.cn': {
    authorityHost: 'https://login.partner.microsoftonline.cn',
    audience: 'api://AzureADTokenExchangeChina',
  },
};

const publicCloud: Cloud = {
  authorityHost: 'https://login.microsoftonline.com',
  audience: 'api://AzureADTokenExchange',
};

export const cloudOf = (vaultUrl: string): Cloud => clouds[domainOf(vaultUrl)] ?? publicCloud;

/**
 * Scope of the token that is asked for: the domain of the vault's own host, whatever the host is. So a token for the
 * vaults of a cloud is only ever sent to a host of that cloud's vaults, and for a host that is none of them there is
 * no token to be had.
 */
export const scopeOf = (vaultUrl: string): string => `https://${domainOf(vaultUrl)}/.default`;

/** `vault.azure.net` of `https://NAME.vault.azure.net`. */
function domainOf(vaultUrl: string): string {
  const { hostname } = new URL(vaultUrl);
  return isIP(hostname) ? hostname : hostname.slice(hostname.indexOf('.') + 1);
}
