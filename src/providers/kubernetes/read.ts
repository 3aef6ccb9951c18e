import { isUtf8 } from 'node:buffer';
import type { Fault } from '../../core/fault.ts';
import { absent, invalidSpec, unusable } from '../../core/fault.ts';
import { jsonFlaws } from '../../core/json.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { parseBody } from '../kit/json-body.ts';
import {
  type LoginExpired,
  previousVersion,
  type ReadAnswer,
  type ReadRequest,
  type RemoteValue,
} from '../provider.ts';
import { type DataObject, dataObject, Status } from './answers.ts';
import { notKubernetes, statusFault } from './faults.ts';
import { keyOf, type Place, placeOf } from './keys.ts';
import { call, type Store } from './store.ts';

/** One GET, and what each answer to it means. */
export async function readKey(store: Store, { key, version }: ReadRequest, signal: AbortSignal): Promise<ReadAnswer> {
  const place = placeOf(key);
  if (!place.ok) return place;
  if (version === previousVersion)
    return failed(invalidSpec('Kubernetes keeps no earlier version of an object: remove remoteRef.version'));
  const { resource, namespace, name } = place.value;
  const answer = await call(store, { path: `/api/v1/namespaces/${namespace}/${resource}/${name}` }, signal);
  if (!answer.ok) return answer;
  const found = served(store, place.value, answer.value);
  if (!found.ok) return found;
  if (version !== undefined && version !== found.value.version) return failed(noVersion(store, place.value, version));
  return valueAt(store, place.value, found.value);
}

function served(store: Store, place: Place, answer: HttpAnswer): Result<DataObject, Fault | LoginExpired> {
  const { resource, namespace, name } = place;
  if (answer.status === 404) return failed(missing(store, place, answer));
  if (answer.status !== 200) return failed(statusFault(store, { verb: 'get', resource, namespace, name }, answer));
  const object = dataObject(place, answer);
  if (object.ok) return object;
  const { fault } = object;
  return failed(fault === 'malformed' ? notKubernetes(store, 200) : unusable(`${keyOf(place)} ${jsonFlaws[fault]}`));
}

/** Only whoever may read it is told that it is not there, so this is proof, if it is really about this object. */
function missing(store: Store, { resource, namespace, name }: Place, answer: HttpAnswer): Fault {
  const status = parseBody(Status, answer);
  const { kind, name: missed } = status?.details ?? {};
  if (status?.reason !== 'NotFound' || kind !== resource || missed !== name) return notKubernetes(store, 404);
  return absent('KeyNotFound', `${store.name} has no ${resource}/${namespace}/${name}`);
}

const noVersion = (store: Store, place: Place, version: string): Fault =>
  absent(
    'VersionNotFound',
    `${store.name} keeps only the newest version of ${keyOf(place)}, and ${JSON.stringify(version.slice(0, 40))} is not it: remove remoteRef.version`,
  );

function valueAt(store: Store, place: Place, { values, ...about }: DataObject): ReadAnswer {
  if (place.dataKey === undefined) return ok({ ...whole(values), ...about });
  const bytes = values.get(place.dataKey);
  if (bytes) return ok({ value: new SecretValue(bytes), ...about });
  const object = keyOf({ resource: place.resource, namespace: place.namespace, name: place.name });
  return failed(absent('KeyNotFound', `${store.name} has ${object}, and no key ${place.dataKey} in it`));
}

/** JSON of the texts, and beside it what is no text. */
function whole(values: DataObject['values']): Pick<RemoteValue, 'value' | 'bytes'> {
  const texts = [...values].filter(([, bytes]) => isUtf8(bytes));
  const members = texts.map(([name, bytes]) => `${JSON.stringify(name)}:${JSON.stringify(bytes.toString('utf8'))}`);
  const value = SecretValue.fromText(`{${members.join(',')}}`);
  if (texts.length === values.size) return { value };
  const others = [...values].filter(([, bytes]) => !isUtf8(bytes));
  return { value, bytes: new Map(others.map(([name, bytes]) => [name, new SecretValue(bytes)])) };
}
