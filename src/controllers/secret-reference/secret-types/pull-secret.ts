import { type JsonNode, parseJson } from '../../../core/json.ts';
import type { Data } from './tls-pair.ts';

/**
 * Why a `.dockerconfigjson` is not what the kubelet reads, `{"auths": {REGISTRY: LOGIN}}`; undefined when it is. One
 * login that it cannot read makes it drop all of them, without a word.
 */
export function pullSecretFault(data: Data): string | undefined {
  const parsed = parseJson(data.get('.dockerconfigjson')?.revealText() ?? '');
  const root = parsed.ok ? parsed.value : undefined;
  if (root?.kind !== 'object') return 'needs a JSON object under the key .dockerconfigjson';
  const auths = root.members.get('auths');
  if (auths?.kind !== 'object')
    return 'needs a JSON object "auths" in .dockerconfigjson, with a login for each registry';
  if (auths.members.size > mostRegistries) return `takes at most ${mostRegistries} registries in .dockerconfigjson`;
  const wrong = [...auths.members.values()].findIndex(login => !isLogin(login));
  return wrong < 0 ? undefined : `needs ${login} for each registry in .dockerconfigjson: number ${wrong + 1} lacks it`;
}

/** More than anybody has; each costs a little. */
const mostRegistries = 1000;

const login = 'auth (Base64 of USERNAME:PASSWORD) or username and password';

/** Docker leaves a login empty when it keeps it in a credential store, where no pod finds it. */
function isLogin(entry: JsonNode): boolean {
  const auth = textOf(entry, 'auth');
  if (auth !== undefined && auth !== '') return Buffer.from(auth, 'base64').includes(':');
  return ['username', 'password'].every(name => textOf(entry, name) !== undefined);
}

function textOf(entry: JsonNode, name: string): string | undefined {
  const member = entry.kind === 'object' ? entry.members.get(name) : undefined;
  return member?.kind === 'string' ? member.text : undefined;
}
