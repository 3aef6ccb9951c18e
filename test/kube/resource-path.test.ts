import { expect, test } from '@jest/globals';
import { collectionPath, objectPath, resourceIn } from '../../src/kube/client.ts';

const secrets = { group: '', version: 'v1', plural: 'secrets' };
const sources = { group: 'shearline.dev', version: 'v1alpha1', plural: 'clustersecretsources' };

test.each([
  [collectionPath(secrets, 'etl'), 'secrets'],
  [collectionPath(secrets, ''), 'secrets'],
  [objectPath(secrets, 'etl/db'), 'secrets'],
  [objectPath({ ...secrets, plural: 'serviceaccounts' }, 'etl/app', 'token'), 'serviceaccounts/token'],
  [objectPath({ ...secrets, plural: 'namespaces' }, '/namespaces'), 'namespaces'],
  [`${objectPath(sources, '/vault', 'status')}?fieldManager=shearline`, 'clustersecretsources/status'],
])('%s is a path of %s, and no name is in that', (path = '', resource) => {
  expect(resourceIn(path)).toBe(resource);
});
