import { randomBytes } from 'node:crypto';

export type Permission = 'READ' | 'WRITE' | 'MANAGE';

/** Names of scopes and keys are kept as they were given, and found in small letters: capitals do not count. */
export interface Scope {
  readonly name: string;
  readonly backend: 'DATABRICKS' | 'AZURE_KEYVAULT';
  readonly secrets: Map<string, { readonly key: string; readonly bytes: Buffer; readonly updated: number }>;
  readonly acls: Map<string, Permission>;
}

/** Which tokens a service principal takes for itself. */
export interface FederationPolicy {
  readonly audiences: readonly string[];
  readonly subject: string;
}

export interface ServicePrincipal {
  readonly clientId: string;
  readonly policies: readonly FederationPolicy[];
  /** OAuth secrets. */
  readonly secrets: readonly string[];
}

/** Whose token it is, until when, and from which ServiceAccount it came. */
export interface AccessToken {
  readonly principal: string;
  /** Milliseconds since the epoch; absent: never ends. */
  readonly expires?: number;
  readonly namespace?: string;
}

/** What one workspace knows. */
export class Workspace {
  readonly scopes = new Map<string, Scope>();
  readonly principals = new Map<string, ServicePrincipal>();
  /** Of the account: which user a subject is. */
  readonly accountPolicy = new Map<string, FederationPolicy>();
  readonly #tokens = new Map<string, AccessToken>();

  /** A scope of Key Vault is read through: it takes no writes. */
  addScope(name: string, acls: Readonly<Record<string, Permission>>, backend: Scope['backend'] = 'DATABRICKS'): Scope {
    const scope: Scope = { name, backend, secrets: new Map(), acls: new Map(Object.entries(acls)) };
    this.scopes.set(name.toLowerCase(), scope);
    return scope;
  }

  scope(name: string): Scope | undefined {
    return this.scopes.get(name.toLowerCase());
  }

  put(scope: string, key: string, bytes: Uint8Array): void {
    const secret = { key, bytes: Buffer.from(bytes), updated: Date.now() };
    this.scope(scope)?.secrets.set(key.toLowerCase(), secret);
  }

  issue(token: AccessToken): string {
    const text = `dapi-test-${randomBytes(16).toString('hex')}`;
    this.#tokens.set(text, token);
    return text;
  }

  bearer(token: string): AccessToken | undefined {
    const known = this.#tokens.get(token);
    return known && (known.expires ?? Number.POSITIVE_INFINITY) > Date.now() ? known : undefined;
  }

  revokeTokens(): void {
    this.#tokens.clear();
  }
}

const ranks: Readonly<Record<Permission, number>> = { READ: 1, WRITE: 2, MANAGE: 3 };

/** The group `users` is everybody. */
export function may(scope: Scope, principal: string, wanted: Permission): boolean {
  return [principal, 'users'].some(name => {
    const has = scope.acls.get(name);
    return has !== undefined && ranks[has] >= ranks[wanted];
  });
}
