/** Digits of base64, with or without their padding, on one line; undefined when the text is anything else. */
export function fromBase64(text: string, encoding: 'base64' | 'base64url' = 'base64'): Buffer | undefined {
  if (!alphabets[encoding].test(text)) return undefined;
  const digits = text.length - (text.endsWith('==') ? 2 : Number(text.endsWith('=')));
  return digits % 4 === 1 ? undefined : Buffer.from(text, encoding);
}

const alphabets = { base64: /^[A-Za-z0-9+/]*={0,2}$/, base64url: /^[A-Za-z0-9_-]*={0,2}$/ };
