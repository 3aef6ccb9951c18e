import { type Answer, json } from '../answers.ts';
import { rpcError } from './errors.ts';
import { parseFilter } from './filters.ts';
import { page } from './pages.ts';
import { accessed, nameOf, versionResource } from './resources.ts';
import { type Operation, type SecretCall, withSecret } from './secret-calls.ts';
import { type Secret, type State, type Version, versionOf } from './secrets.ts';

export const versionOperations: Readonly<Record<string, Operation>> = {
  'GET versions': { permission: 'secretmanager.versions.list', run: list },
  'GET version': {
    permission: 'secretmanager.versions.get',
    run: call => withVersion(call, (secret, version) => shown(call, secret, version)),
  },
  'GET version:access': { permission: 'secretmanager.versions.access', run: access },
  'POST version:disable': { permission: 'secretmanager.versions.disable', run: changeTo('DISABLED') },
  'POST version:enable': { permission: 'secretmanager.versions.enable', run: changeTo('ENABLED') },
  'POST version:destroy': { permission: 'secretmanager.versions.destroy', run: changeTo('DESTROYED') },
};

function list(call: SecretCall): Answer {
  const matches = parseFilter(call.query.get('filter') ?? '');
  if (!matches) return rpcError('INVALID_ARGUMENT', 'Invalid list filter.');
  return withSecret(call, secret => {
    const found = secret.versions.toReversed().filter(({ state }) => matches({ state }));
    return page(found, call.query, items => ({
      versions: items.map(version => versionResource(call.project, secret, version, call)),
    }));
  });
}

function access(call: SecretCall): Answer {
  return withVersion(call, (secret, version) =>
    version.state === 'ENABLED' ? json(accessed(call.project, secret, version)) : notEnabled(call, secret, version),
  );
}

/** A version that is destroyed stays so. */
function changeTo(state: State) {
  return (call: SecretCall): Answer =>
    withVersion(call, (secret, version) => {
      if (version.state === 'DESTROYED' && state !== 'DESTROYED') return notEnabled(call, secret, version);
      const changed = call.secrets.setState(secret, version.number, state);
      return shown(call, secret, changed ?? version);
    });
}

const shown = (call: SecretCall, secret: Secret, version: Version): Answer =>
  json(versionResource(call.project, secret, version, call));

function withVersion(call: SecretCall, then: (secret: Secret, version: Version) => Answer): Answer {
  const name = nameOf(call.project, call);
  const secret = call.secrets.find(call.id, call.location);
  if (!secret || secret.versions.length === 0)
    return rpcError('NOT_FOUND', `Secret [${name}] not found or has no versions.`);
  const version = versionOf(secret, call.version);
  return version
    ? then(secret, version)
    : rpcError('NOT_FOUND', `Secret Version [${name}/versions/${call.version}] not found.`);
}

const notEnabled = ({ project }: SecretCall, secret: Secret, { number, state }: Version): Answer =>
  rpcError(
    'FAILED_PRECONDITION',
    `Secret Version [${nameOf(project, secret)}/versions/${number}] is in ${state} state.`,
  );
