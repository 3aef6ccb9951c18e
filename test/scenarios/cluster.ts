import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import * as z from 'zod';
import type { ControlPlaneAccess } from '../servers/access.ts';

/** The API server as an administrator sees it, over one pool: a test that waits must not start a kubectl each time it looks. */
export interface Cluster {
  /** Undefined when there is no such object. */
  read(kind: Kind, name: string, namespace?: string): Promise<unknown>;
  list(kind: Kind, namespace?: string): Promise<readonly unknown[]>;
  create(object: Manifest): Promise<void>;
  /** Server-side apply, forced: what a GitOps tool does. */
  apply(object: Manifest): Promise<void>;
  /** JSON merge patch; null takes a field away. */
  patch(kind: Kind, name: string, namespace: string | undefined, body: object): Promise<void>;
  /** No error when it is gone already. */
  remove(kind: Kind, name: string, namespace?: string): Promise<void>;
  close(): Promise<void>;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** Where the objects of a kind are found. */
const kinds = {
  SecretReference: { base: '/apis/shearline.dev/v1alpha1', plural: 'secretreferences' },
  ClusterSecretReference: { base: '/apis/shearline.dev/v1alpha1', plural: 'clustersecretreferences' },
  SecretRotation: { base: '/apis/shearline.dev/v1alpha1', plural: 'secretrotations' },
  SecretSource: { base: '/apis/shearline.dev/v1alpha1', plural: 'secretsources' },
  ClusterSecretSource: { base: '/apis/shearline.dev/v1alpha1', plural: 'clustersecretsources' },
  Secret: { base: '/api/v1', plural: 'secrets' },
  ConfigMap: { base: '/api/v1', plural: 'configmaps' },
  Namespace: { base: '/api/v1', plural: 'namespaces' },
  ServiceAccount: { base: '/api/v1', plural: 'serviceaccounts' },
  Pod: { base: '/api/v1', plural: 'pods' },
  Job: { base: '/apis/batch/v1', plural: 'jobs' },
  Deployment: { base: '/apis/apps/v1', plural: 'deployments' },
  StatefulSet: { base: '/apis/apps/v1', plural: 'statefulsets' },
  ResourceQuota: { base: '/api/v1', plural: 'resourcequotas' },
  Event: { base: '/apis/events.k8s.io/v1', plural: 'events' },
  ValidatingAdmissionPolicy: { base: '/apis/admissionregistration.k8s.io/v1', plural: 'validatingadmissionpolicies' },
  ValidatingAdmissionPolicyBinding: {
    base: '/apis/admissionregistration.k8s.io/v1',
    plural: 'validatingadmissionpolicybindings',
  },
} as const;
export type Kind = keyof typeof kinds;

/** As client-go has it. */
const mostTries = 10;

export async function connect({ server, ca, adminKubeconfig }: ControlPlaneAccess): Promise<Cluster> {
  const user = AdminUser.parse(parse(await readFile(adminKubeconfig, 'utf8'))).users[0].user;
  const [cert, key] = await Promise.all([
    readFile(user['client-certificate'], 'utf8'),
    readFile(user['client-key'], 'utf8'),
  ]);
  const dispatcher = new Agent({ connections: 8, connect: { ca, cert, key } });
  const call = async (method: Method, path: string, type = 'application/json', body?: object) => {
    const payload = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': type } };
    for (let tries = 1; ; tries++) {
      const answer = await request(`${server}${path}`, { dispatcher, method, ...payload });
      const text = await answer.body.text();
      const { statusCode: status, headers } = answer;
      // The first request for a kind finds its storage being made.
      if (status !== 429 || tries === mostTries) return { status, body: text === '' ? undefined : JSON.parse(text) };
      await sleep(1000 * Number(headers['retry-after'] ?? 1));
    }
  };
  const demand = async (...call_: Parameters<typeof call>): Promise<unknown> => {
    const { status, body } = await call(...call_);
    if (status >= 400) throw new Error(`the API server answered ${status}: ${Complaint.parse(body).message}`);
    return body;
  };
  const place = ({ kind, metadata }: Manifest, name = '') => pathOf(kind, metadata.namespace, name);
  return {
    read: async (kind, name, namespace) => {
      const { status, body } = await call('GET', pathOf(kind, namespace, name));
      return status === 404 ? undefined : body;
    },
    list: async (kind, namespace) => List.parse(await demand('GET', pathOf(kind, namespace))).items,
    create: async object => void (await demand('POST', place(object), undefined, object)),
    apply: async object => {
      const path = `${place(object, object.metadata.name)}?fieldManager=scenario&force=true&fieldValidation=Strict`;
      await demand('PATCH', path, 'application/apply-patch+yaml', object);
    },
    patch: async (kind, name, namespace, body) =>
      void (await demand('PATCH', pathOf(kind, namespace, name), 'application/merge-patch+json', body)),
    remove: async (kind, name, namespace) => {
      const { status, body } = await call('DELETE', pathOf(kind, namespace, name));
      if (status >= 400 && status !== 404) throw new Error(Complaint.parse(body).message);
    },
    close: () => dispatcher.close(),
  };
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

function pathOf(kind: Kind, namespace: string | undefined, name = ''): string {
  const { base, plural } = kinds[kind];
  const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${base}${within}/${plural}${name === '' ? '' : `/${name}`}`;
}

const AdminUser = z.object({
  users: z.tuple([z.object({ user: z.object({ 'client-certificate': z.string(), 'client-key': z.string() }) })]),
});
const Complaint = z.object({ message: z.string() });
const List = z.object({ items: z.array(z.unknown()) });
