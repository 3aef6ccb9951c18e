import { type Operator, startOperator } from '../scenarios/operator.ts';
import { until } from '../servers/process.ts';
import type { Battery } from './battery.ts';
import { leads, standsBy } from './leading.ts';

interface Replica {
  readonly operator: Operator;
  restart(): Promise<void>;
}

/** Two replicas that reach the API server through one proxy: its journal has what either of them does. */
export class Pair {
  readonly #battery: Battery;
  #leader: Replica;
  #other: Replica;

  private constructor(battery: Battery, other: Operator) {
    this.#battery = battery;
    this.#leader = { operator: battery.world.operator, restart: battery.restartOperator };
    this.#other = { operator: other, restart: () => other.start() };
  }

  /** Beside the operator of the battery, which leads. */
  static async of(battery: Battery, flags: readonly string[]): Promise<Pair> {
    const { api, kubeconfigThrough, world } = battery;
    await until('it leads', () => leads(world.operator));
    const kubeconfig = await kubeconfigThrough(api);
    return new Pair(battery, await startOperator(world.controlPlane, ['--kubeconfig', kubeconfig, ...flags]));
  }

  /** The battery, with the operator that leads at the time. */
  get battery(): Battery {
    const { world } = this.#battery;
    const operator: Operator = {
      ...world.operator,
      metrics: () => this.#leader.operator.metrics(),
      page: (...asked) => this.#leader.operator.page(...asked),
    };
    return { ...this.#battery, world: { ...world, operator } };
  }

  /** SIGKILL, and started again once the other one leads. */
  readonly kill = async (): Promise<void> => {
    const { operator, restart } = this.#leader;
    await operator.kill();
    await this.#follow();
    await restart();
    await until('the one that was killed to stand by', () => standsBy(operator));
  };

  /** SIGSTOP until then: the other one leads, and goes on doing so. */
  readonly stop = async (woken: Promise<void>): Promise<void> => {
    const { operator } = this.#leader;
    await operator.paused(async () => {
      await this.#follow();
      await woken;
    });
    await until('the one that was stopped to stand by', () => standsBy(operator));
  };

  async #follow(): Promise<void> {
    [this.#leader, this.#other] = [this.#other, this.#leader];
    await until('the other one to lead', () => leads(this.#leader.operator), 60_000);
  }

  readonly end = (): Promise<unknown> => this.#other.operator.kill();
}
