import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, type Rule, withRules } from '../../schema/rule.ts';
import { CaBundle, CredentialRef, ServiceAccountRef } from '../kit/fields.ts';

/** `spec.provider.http`: a GET of a templated URL. What a pattern cannot say well is said by `check`. */
const printable = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

const Header = withRules(
  z
    .object({
      name: z
        .string()
        .min(1)
        .max(64)
        .regex(/^[A-Za-z0-9-]+$/)
        .meta({ description: 'Name of the header.' }),
      value: z
        .string()
        .min(1)
        .max(1024)
        .regex(printable)
        .exactOptional()
        .meta({ description: 'Its value; no secret.' }),
      secretRef: CredentialRef.exactOptional().meta({ description: 'Its value, in a Secret.' }),
    })
    .meta({ description: 'A header of each request: a name, and exactly one of value and secretRef.' }),
  exactlyOne('value', 'secretRef'),
);

const Bearer = z
  .object({ secretRef: CredentialRef.meta({ description: 'The token, in a Secret.' }) })
  .meta({ description: 'Authorization: Bearer, with a token that exists already.' });

const Basic = z
  .object({
    username: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[^:\s]+$/)
      .meta({ description: 'The user.' }),
    passwordRef: CredentialRef.meta({ description: 'The password, in a Secret.' }),
  })
  .meta({ description: 'Authorization: Basic.' });

const Auth = withRules(
  z
    .object({
      serviceAccountRef: ServiceAccountRef.exactOptional(),
      bearer: Bearer.exactOptional(),
      basic: Basic.exactOptional(),
    })
    .meta({
      description:
        'The Authorization header: a fresh token of a ServiceAccount (serviceAccountRef), a token (bearer), or user and password (basic).',
    }),
  exactlyOne('serviceAccountRef', 'bearer', 'basic'),
);

const pointer = z
  .string()
  .min(1)
  .max(256)
  .regex(/^(\/([^~/]|~[01])*)+$/);

const Result = z
  .object({
    pointer: pointer.meta({
      description: 'JSON pointer (RFC 6901) to the value in the answer, for example /data/value.',
    }),
  })
  .meta({ description: 'Where the value is in an answer of JSON. Absent: the whole body, byte by byte.' });

const bothOrNone: Rule<{ readonly pointer?: unknown; readonly value?: unknown }> = {
  cel: 'has(self.pointer) == has(self.value)',
  message: 'set both pointer and value, or neither',
  holds: ({ pointer, value }) => (pointer === undefined) === (value === undefined),
};

const Absent = withRules(
  z
    .object({
      status: z.literal([404, 410]).meta({ description: 'The status: 404 or 410.' }),
      pointer: pointer.exactOptional().meta({
        description: 'JSON pointer to a text of the answer that says it, for example /error/code.',
      }),
      value: z.string().min(1).max(256).exactOptional().meta({ description: 'What stands there.' }),
    })
    .meta({
      description:
        'How the API says that a key is not there. Without it, no key is ever taken for absent. Set pointer and value where the API has them: a status alone can be that of a proxy.',
    }),
  bothOrNone,
);

interface Authorized {
  readonly auth?: unknown;
  readonly headers: readonly { readonly name: string }[];
}

const oneAuthorization: Rule<Authorized> = {
  cel: '!has(self.auth) || !has(self.headers) || !self.headers.exists(header, header.name.lowerAscii() == "authorization")',
  message: 'set Authorization by auth or by headers, not by both',
  holds: ({ auth, headers }) => !auth || !headers.some(({ name }) => name.toLowerCase() === 'authorization'),
};

export const HttpSpec = withRules(
  z
    .object({
      url: z
        .string()
        .min(1)
        .max(1024)
        .regex(/^https?:\/\/[A-Za-z0-9._:[\]-]+\/[A-Za-z0-9._~/?&=%{}:@!$'()*+,-]*$/)
        .meta({
          description:
            'URL of a key. {key} stands for it, percent-encoded: in the path segment by segment, in the query as a whole. version={version} in the query is left out when no version is asked for.',
        }),
      headers: z
        .array(Header)
        .max(16)
        .default([])
        .meta({
          description: 'Headers of each request.',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
        }),
      auth: Auth.exactOptional(),
      caBundle: CaBundle.exactOptional(),
      result: Result.exactOptional(),
      absent: Absent.exactOptional(),
      versionHeader: z
        .string()
        .min(1)
        .max(64)
        .regex(/^[A-Za-z0-9-]+$/)
        .exactOptional()
        .meta({ description: 'Header of the answer that names the version of the value.' }),
    })
    .meta({ description: 'Any API that answers a GET with a value, as JSON or raw.' }),
  oneAuthorization,
);
export type HttpSpec = Parsed<typeof HttpSpec>;
