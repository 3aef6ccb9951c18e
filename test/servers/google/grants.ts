import { randomBytes } from 'node:crypto';

/** Whom an access token is for. */
export interface Grantee {
  /** As IAM policies name it: `principal://…` or `serviceAccount:…`. */
  readonly principal: string;
  /** Of the ServiceAccount that it began with. */
  readonly namespace?: string;
}

export const lifetimeSeconds = 3600;

/** The access tokens that are alive. */
export class Grants {
  readonly #alive = new Map<string, Grantee & { readonly until: number }>();

  issue(grantee: Grantee, seconds = lifetimeSeconds): string {
    const token = `ya29.d.${randomBytes(24).toString('base64url')}`;
    this.#alive.set(token, { ...grantee, until: Date.now() + seconds * 1000 });
    return token;
  }

  /** Undefined for a token that nobody issued, that has expired or was revoked. */
  of(authorization: string | string[] | undefined): Grantee | undefined {
    const grant = this.#alive.get(/^Bearer (\S+)$/.exec([authorization ?? ''].flat().join())?.[1] ?? '');
    return grant && grant.until > Date.now() ? grant : undefined;
  }

  revokeAll(): void {
    this.#alive.clear();
  }
}
