import path from 'node:path';
import { closureOf } from '../engine/compile/closure';
import type { Compilation, CompiledDealership, SourceFile } from '../engine/compile/deployment';
import { runScenario } from '../engine/language/run-scenario';
import type { Scenario } from '../engine/language/scenario';
import { CoverageCount, type ProcessCoverage, passedBy } from '../engine/simulate/coverage';
import { createSimulator } from '../engine/simulate/simulator';
import { isInside } from './definition-roots';
import type { TimedResult } from './test-report';

/** Which of the scenarios are run. */
export interface ScenarioFilter {
  /** A part of the title or of the file's name. */
  filter?: string;
  process?: string;
}

/** The definitions of one folder with the scenarios that were named there. */
export interface LoadedScenarios {
  files: readonly SourceFile[];
  named: readonly string[];
  scenarios: readonly Scenario[];
  dealerships: Compilation['dealerships'];
  /** Errors in the folder; what has them is not among these. */
  errors: number;
}

/** What one folder's scenarios gave. `fresh`: those that were run now, and not taken from the last time. */
export interface FolderRun {
  results: TimedResult[];
  fresh: TimedResult[];
  coverage: ProcessCoverage[];
}

interface Remembered {
  result: TimedResult;
  passed: ReadonlySet<string>;
}

/** Runs scenarios in virtual time, and remembers what they gave: one that runs on the same definitions as before is not run again. */
export class ScenarioRuns {
  readonly #last = new Map<string, Remembered>();
  readonly #marks = new WeakMap<CompiledDealership, Map<string, string>>();

  async run(loaded: LoadedScenarios, filter: ScenarioFilter, told: (result: TimedResult) => void): Promise<FolderRun> {
    const count = new CoverageCount();
    const results: TimedResult[] = [];
    const fresh: TimedResult[] = [];
    const texts = new Map(loaded.files.map(({ path: file, text }) => [file, text]));
    for (const scenario of loaded.scenarios.filter((one) => isChosen(one, filter))) {
      const dealership = loaded.dealerships[scenario.dealership];
      if (dealership === undefined) throw new Error(`invariant: dealership "${scenario.dealership}" was checked`);
      const key = this.#key(scenario, dealership, texts);
      const known = this.#last.get(key);
      const { result, passed } = known ?? (await play(scenario, dealership));
      if (known === undefined) {
        this.#last.set(key, { result, passed });
        fresh.push(result);
        told(result);
      }
      count.add(dealership.id, passed);
      results.push(result);
    }
    return { results, fresh, coverage: coverageOf(count, loaded, filter, results) };
  }

  /** What decides how a scenario goes: its own text, and everything that its process may come to at its dealership. */
  #key(scenario: Scenario, dealership: CompiledDealership, texts: ReadonlyMap<string, string>): string {
    return `${scenario.file}\u0000${texts.get(scenario.file) ?? ''}\u0000${this.#markOf(dealership, scenario.process)}`;
  }

  #markOf(dealership: CompiledDealership, process: string): string {
    const known = this.#marks.get(dealership) ?? new Map<string, string>();
    this.#marks.set(dealership, known);
    const before = known.get(process);
    if (before !== undefined) return before;
    const { processes, settings, calendars, timezone } = closureOf(dealership, process);
    const mark = JSON.stringify([processes, settings, calendars, timezone, dealership.roles]);
    known.set(process, mark);
    return mark;
  }
}

async function play(scenario: Scenario, dealership: CompiledDealership): Promise<Remembered> {
  const began = performance.now();
  const simulator = createSimulator(dealership);
  const result = await runScenario(scenario, dealership, simulator);
  const passed = new Set(simulator.cases().flatMap((trace) => [...passedBy(trace)]));
  const ms = performance.now() - began;
  // the steps of thousands of scenarios need not be kept, and few are asked where they stand
  const { title, file, process, dealership: id, atMs, variables, placeOf } = scenario;
  const head = { title, file, process, dealership: id, atMs, variables, steps: [], placeOf };
  const slim: Scenario = {
    ...head,
    get place() {
      return scenario.place;
    },
  };
  return { result: { scenario: slim, failures: result.failures, observation: undefined, ms }, passed };
}

/** Whether a scenario is one of those that are run. */
export function isChosen({ title, file, process }: Scenario, { filter, process: wanted }: ScenarioFilter): boolean {
  if (wanted !== undefined && process !== wanted) return false;
  return filter === undefined || title.includes(filter) || path.basename(file).includes(filter);
}

/** Coverage of the processes whose files were named, and of all that a scenario came into; with a filter of the latter alone. */
function coverageOf(
  count: CoverageCount,
  { files, named, dealerships }: LoadedScenarios,
  { filter, process }: ScenarioFilter,
  results: readonly TimedResult[],
): ProcessCoverage[] {
  const all = Object.values(dealerships).flatMap((dealership) => Object.keys(dealership.processes));
  const whole = filter === undefined && process === undefined ? processesIn(files, named) : new Set<string>();
  const processes = new Set(all.filter((id) => (process === undefined ? whole.has(id) || count.hasEntered(id) : id === process)));
  const used = new Set(results.map(({ scenario }) => scenario.dealership));
  const real = Object.values(dealerships).filter(({ id }) => used.has(id) || !isMadeForTests(id, dealerships));
  return count.of(real, processes);
}

/** The dealership that is made for scenarios without one counts only where one ran there, or where there is no other. */
function isMadeForTests(id: string, dealerships: Compilation['dealerships']): boolean {
  return id === 'test' && Object.keys(dealerships).length > 1;
}

function processesIn(files: readonly SourceFile[], named: readonly string[]): Set<string> {
  const inside = files.filter(({ path: file }) => named.some((name) => isInside(path.resolve(file), name)));
  return new Set(
    inside.flatMap(({ text }) => {
      const head = /^([a-z]+): *["']?([^\s"'#]+)/mu.exec(text);
      return head?.[1] === 'process' ? [head[2] ?? ''] : [];
    }),
  );
}
