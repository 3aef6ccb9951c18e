/** What a role allows on the data of a vault, by the names that Azure has for it. */
export type Action =
  | 'secrets/getSecret/action'
  | 'secrets/readMetadata/action'
  | 'secrets/setSecret/action'
  | 'secrets/delete'
  | 'secrets/recover/action'
  | 'secrets/purge/action'
  | 'certificates/read'
  | 'keys/read';

/** Built-in roles, as far as this server knows actions. */
const roles = {
  'Key Vault Secrets User': ['secrets/getSecret/action', 'secrets/readMetadata/action'],
  'Key Vault Reader': ['secrets/readMetadata/action', 'certificates/read', 'keys/read'],
  'Key Vault Secrets Officer': [
    'secrets/getSecret/action',
    'secrets/readMetadata/action',
    'secrets/setSecret/action',
    'secrets/delete',
    'secrets/recover/action',
    'secrets/purge/action',
  ],
} as const satisfies Readonly<Record<string, readonly Action[]>>;
export type Role = keyof typeof roles;

/** The whole vault, or one object: `secrets/warehouse`. */
export type Scope = 'vault' | `${'secrets' | 'certificates' | 'keys'}/${string}`;

/** Who may do what: role assignments, which only ever allow. */
export class Access {
  readonly #assignments: { readonly clientId: string; readonly role: Role; readonly scope: string }[] = [];

  assign(clientId: string, role: Role, scope: Scope = 'vault'): void {
    this.#assignments.push({ clientId, role, scope: scope.toLowerCase() });
  }

  allows(clientId: string, action: Action, scope: Scope): boolean {
    return this.#assignments.some(
      each =>
        each.clientId === clientId &&
        (each.scope === 'vault' || each.scope === scope.toLowerCase()) &&
        roles[each.role].some(allowed => allowed === action),
    );
  }
}
