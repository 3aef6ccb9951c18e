import { randomBytes } from 'node:crypto';

/** Every value that a test plants in a store contains this: where it shows up, a value has leaked. */
export const canary = 'CANARY-7f3a';

/** A value of its own for each call. */
export const secretValue = (name = 'value'): string => `${canary}-${name}-${randomBytes(6).toString('hex')}`;

/** A place to search, and its text. */
export type Searched = Readonly<Record<string, string>>;

/** Where a value, or a token that gives access to values, can be read: `operator log: base64 …CANA…`. Empty when all is well. */
export function searchForCanary(places: Searched): readonly string[] {
  return Object.entries(places).flatMap(([place, text]) =>
    [...disguises, ...tokens].flatMap(([disguise, pattern]) => {
      const found = pattern.exec(text);
      return found === null ? [] : [`${place}: ${disguise}, in …${around(text, found.index)}…`];
    }),
  );
}

const around = (text: string, index: number): string => text.slice(Math.max(0, index - 120), index + 60);

const bytes = Buffer.from(canary);
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
const literal = (text: string): RegExp => new RegExp(escaped(text), 'i');
const each = (encode: (byte: number) => string): string => [...bytes].map(encode).join('');
const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** The canary as somebody might have written it by mistake. */
const disguises: readonly (readonly [string, RegExp])[] = [
  ['as it is', literal(canary)],
  ['backwards', literal([...canary].toReversed().join(''))],
  ['hexadecimal', literal(each(hex))],
  ['percent-encoded', literal(each(byte => `%${hex(byte)}`))],
  ['JSON escapes', literal(each(byte => `\\u00${hex(byte)}`))],
  ['a list of bytes', literal([...bytes].join(','))],
  ...[0, 1, 2].map(offset => [`base64, offset ${offset}`, base64At(offset)] as const),
];

/** Base64 depends on how many bytes stand before: the characters that the neighbours change are left out. base64url differs in none of them. */
function base64At(offset: number): RegExp {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const first = Math.ceil((offset * 8) / 6);
  return new RegExp(escaped(text.slice(first, Math.floor(((offset + bytes.length) * 8) / 6))));
}

/** Logins at OpenBao and ServiceAccount tokens. */
const tokens: readonly (readonly [string, RegExp])[] = [
  ['a token of OpenBao', /\bs\.[A-Za-z0-9]{24}\b/],
  ['a JWT', /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}/],
];
