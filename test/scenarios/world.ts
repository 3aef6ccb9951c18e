import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { kinds } from '../../src/api/kinds.ts';
import { searchForCanary, secretValue } from '../canary.ts';
import { assertConditionInvariants } from '../controllers/invariants.ts';
import { type ControlPlane, startControlPlane } from '../servers/control-plane.ts';
import { type OpenBao, startOpenBao } from '../servers/openbao.ts';
import { letAppsRead } from '../servers/openbao-auth.ts';
import { ownAddress } from '../servers/own-address.ts';
import { type Audits, readAudits } from './audits.ts';
import { type Cluster, connect } from './cluster.ts';
import { clusterSource, storeCaIn } from './manifests.ts';
import { referenceOf } from './objects.ts';
import { type Operator, startOperator } from './operator.ts';
import { errorsIn, everythingSeen } from './seen.ts';
import { formTeam, type Team } from './team.ts';

/** A cluster, a store and the operator between them: each test file has one of its own, because one operator is enough for a cluster. */
export interface World {
  readonly controlPlane: ControlPlane;
  readonly cluster: Cluster;
  readonly bao: OpenBao;
  readonly operator: Operator;
  readonly audits: Audits;
  kubectl(...args: readonly string[]): Promise<string>;
  /** A namespace of its own for a scenario. */
  team(name: string, labels?: Readonly<Record<string, string>>): Promise<Team>;
  /** One that has a remote secret `db` already. */
  teamWithValue(name: string, labels?: Readonly<Record<string, string>>): Promise<TeamWithValue>;
  /** One whose reference `db` is in step with version 1 of it. */
  teamInStep(name: string, target?: object): Promise<TeamWithValue>;
  stop(): Promise<void>;
}

export interface TeamWithValue extends Team {
  /** What version 1 of `db` holds under `password`. */
  readonly password: string;
}

export interface WorldOptions {
  /** Whether every namespace is served by ClusterSecretSource `vault`, as its default. Default: true. */
  readonly defaultSource?: boolean;
  /** Brings CRDs, ServiceAccount and rights, and answers the operator's flags. Default: deploy/install.yaml, and none. */
  readonly install?: (controlPlane: ControlPlane) => Promise<readonly string[]>;
  /** More flags for the API server. */
  readonly apiServerFlags?: readonly string[];
}

/** Starts a world for the tests of a file; after each test the conditions are checked, after the last the canary is searched for. */
export function useWorld(options: WorldOptions = {}): () => World {
  let current: World | undefined;
  const world = () => {
    if (current === undefined) throw new Error('the world did not start');
    return current;
  };
  beforeAll(async () => {
    current = await startWorld(options);
  }, 180_000);
  afterEach(async () => {
    for (const raw of await world().cluster.list('SecretReference')) assertConditionInvariants(referenceOf(raw));
  });
  afterAll(async () => {
    if (current === undefined) return;
    try {
      expect(searchForCanary(await everythingSeen(current))).toEqual([]);
      expect(await errorsIn(current.operator)).toEqual([]);
      expect(current.operator.running()).toBe(true);
    } finally {
      await current.stop();
    }
  }, 60_000);
  return world;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { defaultSource = true, install: installOperator = installPlainly, apiServerFlags = [] } = options;
  const controlPlane = await startControlPlane({ apiServerFlags });
  const cluster = await connect(controlPlane);
  const tls = { host: ownAddress(), authority: controlPlane.authority };
  const [bao, flags] = await Promise.all([startOpenBao({ controlPlane, tls }), installOperator(controlPlane)]);
  await letAppsRead(bao);
  await cluster.create(storeCaIn('shearline-system', controlPlane.ca));
  const operator = await startOperator(controlPlane, flags);
  if (defaultSource) await cluster.apply(clusterSource('vault', bao.address, { default: true }));
  const team: World['team'] = (name, labels) => formTeam({ cluster, controlPlane, bao, operator }, name, labels);
  const teamWithValue: World['teamWithValue'] = async (name, labels) => withValue(await team(name, labels));
  const teamInStep: World['teamInStep'] = async (name, target) => inStep(await teamWithValue(name), target);
  return {
    team,
    teamWithValue,
    teamInStep,
    controlPlane,
    cluster,
    bao,
    operator,
    audits: readAudits(controlPlane, bao, cluster),
    kubectl: (...args) => controlPlane.kubectl(args),
    stop: async () => {
      await operator.kill();
      await Promise.all([cluster.close(), bao.stop(), controlPlane.stop()]);
    },
  };
}

async function withValue(team: Team): Promise<TeamWithValue> {
  const password = secretValue();
  await team.put('db', { password });
  return { ...team, password };
}

async function inStep(team: TeamWithValue, target: object = {}): Promise<TeamWithValue> {
  await team.refer('db', { dataFrom: [team.extract('db')], target });
  await team.synced('db');
  return team;
}

/** All of deploy/install.yaml but the Deployment, whose part the child process plays. */
export async function install({ kubectl }: ControlPlane): Promise<void> {
  const documents = parseAllDocuments(await readFile('deploy/install.yaml', 'utf8'));
  const objects = documents.filter(document => document.get('kind') !== 'Deployment');
  await kubectl(['apply', '--server-side', '-f', '-'], { input: objects.map(String).join('---\n') });
  const crds = kinds.map(({ plural, group }) => `crd/${plural}.${group}`);
  await kubectl(['wait', '--for=condition=Established', ...crds]);
}

async function installPlainly(controlPlane: ControlPlane): Promise<readonly string[]> {
  await install(controlPlane);
  return [];
}
