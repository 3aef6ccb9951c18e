import { expect } from '@jest/globals';
import { selectProperty } from '../../src/controllers/secret-reference/reads/property.ts';
import type { Fault } from '../../src/core/fault.ts';
import type { Result } from '../../src/core/result.ts';
import type { LoginExpired, RemoteValue } from '../../src/providers/provider.ts';
import { canary, searchForCanary } from '../canary.ts';
import { sharedControlPlane } from '../servers/shared.ts';
import { type ConformanceCluster, startConformanceCluster } from './cluster.ts';
import type { Feature } from './features.ts';
import type { CallKind, Harness } from './harness.ts';
import { Visit } from './visit.ts';

/** What all tests of one provider play on: cluster and harness, which start once, and visits, which each test begins again. */
export class Stage {
  /** Whether the store has it: known while tests are being made, when nothing is started yet. */
  readonly has: (feature: Feature) => boolean;
  readonly #start: (cluster: ConformanceCluster) => Promise<Harness>;
  readonly #visits: Visit[] = [];
  #cluster: ConformanceCluster | undefined;
  #harness: Harness | undefined;
  #names = 0;

  constructor(start: (cluster: ConformanceCluster) => Promise<Harness>, lacks: readonly Feature[] = []) {
    this.#start = start;
    this.has = feature => !lacks.includes(feature);
  }

  async begin(): Promise<void> {
    this.#cluster = await startConformanceCluster(await sharedControlPlane());
    this.#harness = await this.#start(this.#cluster);
  }

  get cluster(): ConformanceCluster {
    if (!this.#cluster) throw new Error('the cluster is not there yet');
    return this.#cluster;
  }

  get harness(): Harness {
    if (!this.#harness) throw new Error('the harness is not there yet');
    return this.#harness;
  }

  visit(): Visit {
    const visit = new Visit(this.harness, this.cluster);
    this.#visits.push(visit);
    return visit;
  }

  /** A visit that has read the canary once: whatever comes now is not about the login. */
  async loggedIn(): Promise<{ readonly visit: Visit; readonly key: string }> {
    const visit = this.visit();
    const key = this.newKey('read');
    await this.put(key, canary);
    expect(this.text(await visit.read(key))).toBe(canary);
    return { visit, key };
  }

  /** Calls that one login takes; a provider that has nobody to log in to takes none. */
  async loginCalls(): Promise<number> {
    return (await this.loggedIn()).visit.seen('login').length;
  }

  /** A key that no other test uses. */
  newKey(what = 'key'): string {
    this.#names += 1;
    return this.harness.key(`${what}-${this.#names}`);
  }

  /** Stores a text, as the only pair where the store holds pairs. */
  put(key: string, text: string): Promise<string | undefined> {
    return this.harness.put(key, this.harness.takes.onlyJson ? JSON.stringify({ value: text }) : text);
  }

  /** The text that `put` stored. */
  text(answer: Result<RemoteValue, Fault | LoginExpired>): string | undefined {
    if (!answer.ok) return `no value but ${this.faultText(answer)}`;
    const value = selectProperty(answer.value.value, this.harness.takes.onlyJson ? 'value' : undefined, 'key');
    return value.ok ? value.value.revealText() : this.faultText(value);
  }

  /** When what is served was made, as the store says. */
  async madeAt(visit: Visit, key: string): Promise<number> {
    const answer = await visit.read(key);
    return answer.ok ? (answer.value.madeAt ?? Number.NaN) : Number.NaN;
  }

  /** `absent/KeyNotFound`, `ok`. No fault ever has a value or a token in it. */
  faultText(answer: Result<unknown, Fault | LoginExpired>): string {
    if (answer.ok) return 'ok';
    expect(searchForCanary({ fault: JSON.stringify(answer.fault) })).toEqual([]);
    return answer.fault.kind === 'login-expired' ? answer.fault.kind : `${answer.fault.kind}/${answer.fault.reason}`;
  }

  /** After each test. */
  async tidy(): Promise<void> {
    const kinds: readonly CallKind[] = ['read', 'list', 'login'];
    for (const kind of kinds) this.harness.misbehave(kind);
    for (const visit of this.#visits.splice(0)) await visit.end();
  }

  async end(): Promise<void> {
    await this.#harness?.close();
    await this.#cluster?.close();
  }
}
