import type { CompiledDealership } from '../compile/deployment';
import type { JsonObject } from '../json';
import { Performer } from '../language/perform-action';
import type { Observation } from '../language/scenario-host';
import { readAction, verbOf } from '../language/scenario-step';
import { passedBy } from '../simulate/coverage';
import { createSimulator, type Simulator } from '../simulate/simulator';
import { PossibleSteps, type ScenarioHead } from './possible-steps';

/** How a case came to where something was passed. */
export interface Way {
  head: ScenarioHead;
  steps: JsonObject[];
  /** Everything that was passed on the way. */
  passed: ReadonlySet<string>;
  seen: Observation;
}

/** How far a search may go. */
export interface CoverageBounds {
  /** Cases that are looked at. */
  cases: number;
  ms: number;
  elapsedMs: () => number;
}

interface Node extends Way {
  simulator: Simulator;
}

/** A Monday morning in Shanghai: when scenarios begin. */
const START_MS = 1_772_413_200_000;

/**
 * Looks for the shortest ways that pass what is wanted, with the real engine at a real dealership: what comes where nobody was goes on first, then what
 * is only with other values than before.
 *
 * @param isPassed tells whether a wanted element is among what was passed
 * @returns for each wanted element that was passed the first way to it
 */
export async function searchWays<W>(
  dealership: CompiledDealership,
  process: string,
  wanted: readonly W[],
  isPassed: (passed: ReadonlySet<string>, one: W) => boolean,
  bounds: CoverageBounds,
): Promise<Map<W, Way>> {
  const search = new Search(dealership, process, wanted, isPassed);
  await search.run(bounds);
  return search.found;
}

class Search<W> {
  readonly found = new Map<W, Way>();
  readonly #possible: PossibleSteps;
  readonly #places = new Set<string>();
  readonly #states = new Set<string>();
  readonly #fresh: Node[] = [];
  readonly #others: Node[] = [];
  readonly #covered = new Set<string>();

  constructor(
    private readonly dealership: CompiledDealership,
    private readonly process: string,
    private readonly wanted: readonly W[],
    private readonly isPassed: (passed: ReadonlySet<string>, one: W) => boolean,
  ) {
    this.#possible = new PossibleSteps(dealership, process);
  }

  async run({ cases, ms, elapsedMs }: CoverageBounds): Promise<void> {
    for (const head of this.#possible.heads()) await this.#begin(head);
    let [fresh, others] = [0, 0];
    while (this.found.size < this.wanted.length && this.#states.size < cases && elapsedMs() < ms) {
      const node = fresh < this.#fresh.length ? this.#fresh[fresh++] : this.#others[others++];
      if (node === undefined) return;
      for (const ways of this.#possible.next(node.seen)) await this.#try(node, ways);
    }
  }

  async #begin(head: ScenarioHead): Promise<void> {
    const simulator = createSimulator(this.dealership);
    const performer = new Performer(this.dealership, simulator);
    const { start = {}, startAt, trigger = {} } = head;
    const form = this.dealership.processes[this.process]?.model.startForm;
    const user = startAt === undefined ? form?.roles.flatMap((role) => this.dealership.roles[role] ?? [])[0] : undefined;
    const begun = startAt === undefined ? {} : { trigger: { node: startAt, variables: trigger } };
    const actor = performer.actor(user ?? 'system');
    const answer = await simulator.start({ processId: this.process, atMs: START_MS, actor, variables: start, ...begun });
    if (answer.ok) await this.#arrive({ head, steps: [], simulator });
  }

  async #try(from: Node, ways: readonly JsonObject[]): Promise<void> {
    for (const step of ways) {
      const simulator = from.simulator.fork();
      const action = readAction(verbOf(step), { value: step, complain: () => undefined });
      if (action.kind === 'expect' || action.kind === 'advance' || action.kind === 'advanceTo') return;
      const answer = await new Performer(this.dealership, simulator).perform(action);
      if (!answer.ok) continue;
      await this.#arrive({ head: from.head, steps: [...from.steps, step], simulator });
      return;
    }
  }

  async #arrive({ head, steps, simulator }: Omit<Node, 'passed' | 'seen'>): Promise<void> {
    const passed = new Set(simulator.cases().flatMap((one) => [...passedBy(one)]));
    const seen = await simulator.observe();
    const node = { head, steps, simulator, passed, seen };
    for (const one of this.wanted) if (!this.found.has(one) && this.isPassed(passed, one)) this.found.set(one, node);
    if (seen.state !== 'ACTIVE' || seen.incidents.length > 0) return;
    const place = placeOf(simulator);
    const state = `${place} ${JSON.stringify(seen.scopes)}`;
    if (this.#states.has(state)) return;
    this.#states.add(state);
    const isNew = !this.#places.has(place) || [...passed].some((one) => !this.#covered.has(one));
    this.#places.add(place);
    for (const one of passed) this.#covered.add(one);
    (isNew ? this.#fresh : this.#others).push(node);
  }
}

/** Where the tokens of all cases stand, whatever the values are. */
function placeOf(simulator: Simulator): string {
  const tokens = simulator.cases().flatMap(({ state: { tokens, scopes } }) => {
    return Object.values(tokens).map(({ scope, node, status }) => `${scopes[scope]?.processId}/${node}/${status}`);
  });
  return tokens.sort().join();
}
