import { randomBytes } from 'node:crypto';
import { type Answer, json } from '../answers.ts';
import { vaultError } from './errors.ts';

/** Certificates and keys of one vault: what the vault shows of them, made by hand. */
export class PublicObjects {
  readonly #versions = new Map<string, Version[]>();

  /** `cer`: the certificate in DER, in base64. Answers the version. */
  putCertificate(name: string, cer: string): string {
    return this.#put(`certificates/${name}`, { cer });
  }

  putKey(name: string, jwk: object): string {
    return this.#put(`keys/${name}`, jwk);
  }

  disable(collection: Collection, name: string): void {
    const versions = this.#versions.get(`${collection}/${name}`) ?? [];
    this.#versions.set(
      `${collection}/${name}`,
      versions.map(each => ({ ...each, enabled: false })),
    );
  }

  /** Disabled ones too: the vault says so in the attributes. */
  get(vault: string, collection: Collection, name: string, version: string | undefined): Answer {
    const versions = this.#versions.get(`${collection}/${name.toLowerCase()}`) ?? [];
    const found = version === undefined ? versions.at(-1) : versions.find(each => each.version === version);
    if (!found) return notFound(collection, [name, version].filter(part => part !== undefined).join('/'));
    const id = `${vault}/${collection}/${name.toLowerCase()}/${found.version}`;
    const attributes = { enabled: found.enabled, created: found.created, updated: found.created };
    if (collection === 'keys') return json({ key: { kid: id, ...found.content }, attributes });
    return json({ id, ...found.content, attributes, policy: { id: `${vault}/certificates/${name}/policy` } });
  }

  #put(path: string, content: object): string {
    const version = randomBytes(16).toString('hex');
    const made = { version, content, enabled: true, created: Math.floor(Date.now() / 1000) };
    this.#versions.set(path, [...(this.#versions.get(path) ?? []), made]);
    return version;
  }
}

export type Collection = 'certificates' | 'keys';

interface Version {
  readonly version: string;
  readonly content: object;
  readonly enabled: boolean;
  readonly created: number;
}

function notFound(collection: Collection, id: string): Answer {
  const [code, what] =
    collection === 'keys' ? (['KeyNotFound', 'key'] as const) : (['CertificateNotFound', 'certificate'] as const);
  return vaultError(404, code, `A ${what} with (name/id) ${id} was not found in this key vault.`);
}
