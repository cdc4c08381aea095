import { stringify } from 'yaml';
import type { CompiledDealership } from '../compile/deployment';
import type { JsonObject } from '../json';
import { runScenario } from '../language/run-scenario';
import { readScenario, TEST_DEALERSHIP } from '../language/scenario';
import { COVERED_KINDS, type CoveredKind, isPassed, type ProcessCoverage } from '../simulate/coverage';
import { createSimulator } from '../simulate/simulator';
import { searchWays, type Way } from './coverage-search';

/** Scenarios that pass what none passes. */
export interface MissingScenarios {
  /** `name` is a file's, the same for the same element. */
  scenarios: { name: string; text: string }[];
  /** What no way was found to, as `process: kind id`. */
  /** What no scenario was found for: the element, its process and dealerships. */
  unreached: string[];
}

/** Cases that are looked at for one process, and for how long in milliseconds. */
const mostCases = 4_000;
const mostMs = 4_000;
/** Elements that a scenario's title names. */
const named = 3;

interface Wanted {
  kind: CoveredKind;
  id: string;
}

/**
 * Writes for everything that is not covered a scenario that passes it, as few as there can be found; each was run and passes.
 *
 * @param clock milliseconds from any beginning
 */
export async function missingScenarios(
  dealerships: readonly CompiledDealership[],
  coverage: readonly ProcessCoverage[],
  clock: () => number,
): Promise<MissingScenarios> {
  const all: MissingScenarios = { scenarios: [], unreached: [] };
  for (const { process, dealerships: ids, kinds } of coverage) {
    const left = new Set(COVERED_KINDS.flatMap((kind) => kinds[kind].missing.map((id) => ({ kind, id }))));
    // what the settings of one dealership rule out, those of another may not
    for (const dealership of dealerships.filter(({ id }) => ids.includes(id))) {
      if (left.size > 0) all.scenarios.push(...(await scenariosAt(dealership, process, left, clock)));
    }
    all.unreached.push(...[...left].map(({ kind, id }) => `${kind.slice(0, -1)} ${id} of ${process} at ${ids.join(', ')}`));
  }
  return all;
}

/** Scenarios at one dealership; what they pass is taken out of what is left. */
async function scenariosAt(
  dealership: CompiledDealership,
  process: string,
  left: Set<Wanted>,
  clock: () => number,
): Promise<MissingScenarios['scenarios']> {
  const model = dealership.processes[process]?.model;
  if (model === undefined) return [];
  const began = clock();
  const isDone = (passed: ReadonlySet<string>, { kind, id }: Wanted) => isPassed(passed, model, kind, id);
  const bounds = { cases: mostCases, ms: mostMs, elapsedMs: () => clock() - began };
  const wanted = [...left];
  const found = await searchWays(dealership, process, wanted, isDone, bounds);
  const scenarios: MissingScenarios['scenarios'] = [];
  for (const way of fewest([...new Set(found.values())], wanted, isDone)) {
    const passed = wanted.filter((one) => left.has(one) && isDone(way.passed, one));
    const text = await scenarioText(way, process, dealership, passed);
    if (text === undefined) continue;
    scenarios.push({ name: nameOf(process, dealership, passed[0] as Wanted), text });
    for (const one of passed) left.delete(one);
  }
  return scenarios;
}

/** Ways that together pass everything that any of them passes, the one that passes most first. */
function fewest(ways: Way[], wanted: readonly Wanted[], isDone: (passed: ReadonlySet<string>, one: Wanted) => boolean): Way[] {
  const left = new Set(wanted);
  const chosen: Way[] = [];
  const gains = new Map(ways.map((way) => [way, wanted.filter((one) => isDone(way.passed, one))]));
  for (;;) {
    let [best, most] = [undefined as Way | undefined, 0];
    for (const [way, gain] of gains) {
      const more = gain.filter((one) => left.has(one)).length;
      if (more > most) [best, most] = [way, more];
    }
    if (best === undefined) return chosen;
    chosen.push(best);
    for (const one of gains.get(best) ?? []) left.delete(one);
  }
}

async function scenarioText(
  { head, steps, seen }: Way,
  process: string,
  dealership: CompiledDealership,
  passed: readonly Wanted[],
): Promise<string | undefined> {
  const told = passed.slice(0, named).map(({ id }) => id);
  const title = `passes ${told.join(', ')}${passed.length > named ? ` and ${passed.length - named} more` : ''}`.slice(0, 200);
  const incidents = seen.incidents.map(({ elementId, code }) => ({ step: elementId, code }));
  const expect: JsonObject = {
    ended: seen.state === 'ACTIVE' ? false : (seen.ended ?? true),
    tasks: seen.tasks.map(({ elementId }) => elementId),
    waits: seen.waits.map(({ elementId }) => elementId),
    ...(incidents.length === 0 ? {} : { incidents }),
  };
  const place = dealership.id === TEST_DEALERSHIP ? {} : { dealership: dealership.id };
  const document = { scenario: title, process, ...place, ...head, steps: [...steps, { expect }] };
  const text = stringify(document, { lineWidth: 140, aliasDuplicateObjects: false, compat: 'yaml-1.1' });
  const { scenario } = readScenario({ path: 'missing.yaml', text });
  if (scenario === undefined) return undefined;
  const { failures } = await runScenario(scenario, dealership, createSimulator(dealership));
  return failures.length === 0 ? text : undefined;
}

function nameOf(process: string, dealership: CompiledDealership, { kind, id }: Wanted): string {
  const place = dealership.id === TEST_DEALERSHIP ? '' : `.${dealership.id}`;
  return `${process}${place}.${kind}.${id.replace(/[^\p{L}\p{N}_.-]+/gu, '-')}.yaml`;
}
