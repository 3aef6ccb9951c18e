import { randomBytes } from 'node:crypto';
import { type Answer, json } from '../answers.ts';
import type { TokenVerifier } from '../oidc.ts';
import { entraError } from './errors.ts';
import { type Proved, prove } from './proofs.ts';

/** An app registration or user-assigned identity, as far as logins go. */
export interface Application {
  readonly tenantId: string;
  readonly clientId: string;
  /** Each with the time at which it ends; absent: never. */
  readonly secrets?: readonly { readonly value: string; readonly endsAt?: Date }[];
  readonly federated?: readonly FederatedCredential[];
}

/** Whose tokens an application trusts. All three are compared exactly. */
export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}

/** What a token that was given out stands for. */
export interface Grant {
  readonly tenantId: string;
  readonly clientId: string;
  /** `https://vault.azure.net`: of the vaults that it is good for. */
  readonly audience: string;
  readonly endsAt: number;
  /** Of the ServiceAccount whose token was traded in. */
  readonly namespace?: string;
}

export interface DirectoryOptions {
  /** Resources that have a service principal in every tenant. */
  readonly resources: readonly string[];
  /** By issuer. An issuer without one cannot be reached. */
  readonly verifiers: Readonly<Record<string, TokenVerifier>>;
}

/** Microsoft Entra: tenants, their applications, and the tokens that these got. */
export class Directory {
  readonly #options: DirectoryOptions;
  readonly #applications: Application[] = [];
  readonly #grants = new Map<string, Grant>();
  /** Seconds for which tokens are good. */
  lifetime = 3600;

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  register(application: Application): void {
    this.#applications.push(application);
  }

  grantOf(token: string): Grant | undefined {
    return this.#grants.get(token);
  }

  endTokens(): void {
    this.#grants.clear();
  }

  /** The token endpoint of a tenant, for the client credentials flow. Says who was proved to ask, too. */
  async token(tenantId: string, form: URLSearchParams): Promise<{ readonly answer: Answer; readonly proved?: Proved }> {
    const asked = { tenantId, clientId: form.get('client_id') ?? '', scope: form.get('scope') ?? '' };
    const application = this.#applicationFor(asked, form.get('grant_type'));
    if ('kind' in application) return { answer: application };
    const resource = this.#options.resources.find(each => asked.scope === `${each}/.default`);
    if (resource === undefined) return { answer: noResource(asked) };
    const proved = await prove(application, form, this.#options.verifiers);
    if (proved.kind !== 'proved') return { answer: proved };
    return { answer: json(this.#give({ ...asked, audience: resource }, proved)), proved };
  }

  #give(asked: Pick<Grant, 'tenantId' | 'clientId' | 'audience'>, { namespace }: Proved) {
    const access_token = `CANARY-7f3a.${randomBytes(24).toString('base64url')}`;
    const endsAt = Date.now() + this.lifetime * 1000;
    this.#grants.set(access_token, { ...asked, endsAt, ...(namespace !== undefined && { namespace }) });
    return { token_type: 'Bearer', expires_in: this.lifetime, ext_expires_in: this.lifetime, access_token };
  }

  #applicationFor({ tenantId, clientId }: Asked, grantType: string | null): Application | Answer {
    if (grantType !== 'client_credentials')
      return entraError(
        400,
        'unsupported_grant_type',
        70003,
        `The app requested an unsupported grant type '${grantType}'.`,
      );
    const there = this.#applications.filter(each => each.tenantId === tenantId);
    if (there.length === 0)
      return entraError(
        400,
        'invalid_request',
        90002,
        `Tenant '${tenantId}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
      );
    return (
      there.find(each => each.clientId === clientId) ??
      entraError(
        400,
        'unauthorized_client',
        700016,
        `Application with identifier '${clientId}' was not found in the directory '${tenantId}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
      )
    );
  }
}

type Asked = { readonly tenantId: string; readonly clientId: string; readonly scope: string };

const noResource = ({ tenantId, scope }: Asked): Answer =>
  entraError(
    400,
    'invalid_resource',
    500011,
    `The resource principal named ${scope.replace(/\/\.default$/, '')} was not found in the tenant named ${tenantId}.`,
  );
