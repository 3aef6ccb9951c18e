/** Whether a text is a secret by its look, or only stands for one. */

/** Longer texts are files of their own: their beginning shows what they are. */
const mostLooked = 64 * 1024;
const shortest = 3;

/** What stands for a value that is elsewhere: variables, templates, references to stores, paths, words for "fill me in". */
const placeholders: readonly RegExp[] = [
  /^(null|~|none|nil|true|false|n\/a|yes|no)$/i,
  /^[*x.•#_-]+$/i,
  /\$\{[^}]{0,200}\}|\$\([^)]{0,200}\)|\{\{|\{%|<%/,
  /^\$[A-Za-z_]\w{0,100}$|^%\w{1,100}%$|^<[^<>]{1,200}>$|^__\w{1,100}__$/,
  /^(vault|bao|secret|env|file|sops|op|arn|aws|awssm|ssm|sm|gcp|gcpsm|azure|keyvault|kms|age|k8s|projects)[:/]/i,
  /^ref\+|^ENC\[|^!|^env_var\(|^os\.environ/,
  /^(\.{0,2}|~)\/[\w@./ -]{0,300}$/,
  /^(change|replace|set|fill)[-_ ]?(me|this|it|in)/i,
  /^(your|insert|enter|put)[-_ ]/i,
  /^(example|dummy|placeholder|redacted|todo|tbd|fixme|sample|testing|test|unused|not[-_ ]?used|hidden|masked)/i,
  /^my[-_ ]?(password|secret|token|key)$/i,
];

export const isPlaceholder = (value: string): boolean => {
  const text = value.trim().slice(0, 1024);
  return text.length < shortest || placeholders.some(pattern => pattern.test(text));
};

/** What nobody writes by chance, whatever its name is. The text in brackets, where there is one, must not stand for another. */
const shapes: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----/],
  ['an AWS access key', /\b(?:AKIA|ASIA)(?!\w*EXAMPLE)[0-9A-Z]{16}\b/],
  ['a GitHub token', /\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{40}/],
  ['a GitLab token', /\bglpat-[\w-]{20}/],
  ['a Slack token', /\bxox[abprs]-[A-Za-z0-9-]{20}/],
  ['a Vault token', /\bhv[sbr]\.[\w-]{24}/],
  ['a Databricks token', /\bdapi[0-9a-f]{32}\b/],
  ['a Google API key', /\bAIza[\w-]{35}\b/],
  ['a JSON Web Token', /\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10}/],
  ['a Prefect key', /\bpn[ub]_[A-Za-z0-9]{36}\b/],
  ['a dbt token', /\bdbt[cus]_[\w-]{30}/],
  ['a Stripe key', /\b[sr]k_live_[A-Za-z0-9]{20}/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a password in a URL', /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s/:@'"]{0,200}:([^\s/@'"]{1,200})@/i],
  ['a password in a connection string', /(?:^|[?;&\s])(?:ssl)?(?:password|pwd)=([^;&\s"']{1,200})/i],
  [
    'a password in a command line',
    /(?:^|\s)--?(?:db-?)?(?:password|passwd|token|api-key|secret-key|client-secret)[= ]([^\s"']{1,200})/,
  ],
];

/** What a text holds, in words; undefined when it is nothing known. */
export function knownShape(value: string): string | undefined {
  const text = value.slice(0, mostLooked);
  return shapes.find(([, pattern]) => {
    const found = pattern.exec(text);
    return found !== null && (found[1] === undefined || !isPlaceholder(found[1]));
  })?.[0];
}

const shortestRandom = 16;
const leastBits = 3.3;
/** Words joined by hyphens and the like are names, also with a number at the end. */
const wordy = /^[A-Za-z]{2,30}(?:[-_./:][A-Za-z]{1,30}\d{0,4}|[-_./:]\d{1,4}){0,20}$/;

export function looksRandom(value: string): boolean {
  const text = value.trim().slice(0, 1024);
  if (text.length < shortestRandom || /\s/.test(text) || wordy.test(text)) return false;
  return /\d/.test(text) && /[A-Za-z]/.test(text) && bitsPerCharacter(text) >= leastBits;
}

/** Shannon's entropy. */
function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
