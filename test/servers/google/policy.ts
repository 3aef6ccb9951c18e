/** Permissions that this server asks for, by Google's names. */
export type Permission =
  | `secretmanager.secrets.${'create' | 'delete' | 'get' | 'list' | 'update'}`
  | `secretmanager.versions.${'access' | 'add' | 'destroy' | 'disable' | 'enable' | 'get' | 'list'}`;

/** What a role of Google allows, as far as this server knows permissions. */
const roles = {
  'roles/secretmanager.secretAccessor': ['secretmanager.versions.access'],
  'roles/secretmanager.viewer': [
    'secretmanager.secrets.get',
    'secretmanager.secrets.list',
    'secretmanager.versions.get',
    'secretmanager.versions.list',
  ],
  'roles/secretmanager.admin': ['secretmanager.'],
} as const;
export type Role = keyof typeof roles;

/** A role binding: on one secret, or on the project, there with a condition on the names of secrets. */
export interface Binding {
  readonly principal: string;
  readonly role: Role;
  readonly secret?: string;
  /** `resource.name.startsWith(…)`, for the last part of the name. */
  readonly beginsWith?: string;
}

/** Who may do what, and who may act as which Google service account. Bindings only ever allow. */
export class Policy {
  readonly #bindings: Binding[] = [];
  readonly #actAs = new Set<string>();

  bind(binding: Binding): void {
    this.#bindings.push(binding);
  }

  /** On a secret, or with `secret` undefined on the project itself. A secret need not exist to be allowed. */
  allows(principal: string, permission: Permission, secret: string | undefined): boolean {
    return this.#bindings.some(
      binding =>
        binding.principal === principal &&
        roles[binding.role].some(allowed => permission.startsWith(allowed)) &&
        (binding.secret === undefined || binding.secret === secret) &&
        (binding.beginsWith === undefined || (secret ?? '').startsWith(binding.beginsWith)),
    );
  }

  /** roles/iam.workloadIdentityUser on the service account. */
  letActAs(principal: string, email: string): void {
    this.#actAs.add(`${principal} ${email}`);
  }

  mayActAs(principal: string, email: string): boolean {
    return this.#actAs.has(`${principal} ${email}`);
  }
}
