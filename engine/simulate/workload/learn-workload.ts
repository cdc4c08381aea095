import type { CompiledDealership } from '../../compile/deployment';
import { runScenario } from '../../language/run-scenario';
import type { Scenario } from '../../language/scenario';
import type { EngineRecord } from '../../runtime/records';
import { createSimulator } from '../simulator';
import type { Work } from './workload';

/** What recorded cases tell of how a process goes. */
export interface Experience {
  cases: number;
  /** The mean time between two cases by the clock, in milliseconds; absent where there are fewer than two. */
  everyMs?: number;
  /** By step: the shares of its outcomes, and the mean time from taking it up to being done with it where that was recorded. */
  work: Record<string, Pick<Work, 'outcomes'> & { takesMs?: number }>;
  /** Those who did something, by role. */
  staff: Record<string, string[]>;
  /** Scenarios that do not go as they were recorded; nothing is learnt of them. */
  failed: string[];
}

interface StepExperience {
  outcomes: Map<string, number>;
  takenMs: number[];
}

/** Plays recorded cases of a process, and sums up what they tell. */
export async function learnWorkload(dealership: CompiledDealership, process: string, scenarios: readonly Scenario[]): Promise<Experience> {
  const steps = new Map<string, StepExperience>();
  const doers = new Set<string>();
  const begunMs: number[] = [];
  const failed: string[] = [];
  for (const scenario of scenarios) {
    if (scenario.process !== process || scenario.dealership !== dealership.id) continue;
    const simulator = createSimulator(dealership);
    const { failures } = await runScenario(scenario, dealership, simulator);
    if (failures.length > 0) {
      failed.push(scenario.title);
      continue;
    }
    begunMs.push(scenario.atMs);
    for (const { records } of simulator.cases()) learnFrom(records, steps, doers);
  }
  begunMs.sort((a, b) => a - b);
  const spanMs = (begunMs.at(-1) ?? 0) - (begunMs[0] ?? 0);
  return {
    cases: begunMs.length,
    ...(begunMs.length < 2 || spanMs === 0 ? {} : { everyMs: Math.round(spanMs / (begunMs.length - 1)) }),
    work: Object.fromEntries([...steps].map(([step, experience]) => [step, workOf(experience)])),
    staff: staffOf(dealership, doers),
    failed,
  };
}

function learnFrom(records: readonly EngineRecord[], steps: Map<string, StepExperience>, doers: Set<string>): void {
  const takenUp = new Map<string, number>();
  for (const record of records) {
    if (record.type === 'taskAssigned') takenUp.set(record.task.key, record.atMs);
    if (record.type !== 'taskCompleted' || record.actor.startsWith('system')) continue;
    const { key, elementId, outcome } = record.task;
    const step = steps.get(elementId) ?? { outcomes: new Map<string, number>(), takenMs: [] };
    steps.set(elementId, step);
    doers.add(record.actor);
    if (outcome !== null) step.outcomes.set(outcome, (step.outcomes.get(outcome) ?? 0) + 1);
    const since = takenUp.get(key);
    if (since !== undefined) step.takenMs.push(record.atMs - since);
  }
}

function workOf({ outcomes, takenMs }: StepExperience): Experience['work'][string] {
  const mean = takenMs.length === 0 ? undefined : Math.round(takenMs.reduce((sum, one) => sum + one, 0) / takenMs.length);
  return {
    ...(outcomes.size === 0 ? {} : { outcomes: Object.fromEntries(outcomes) }),
    ...(mean === undefined ? {} : { takesMs: mean }),
  };
}

function staffOf({ roles }: CompiledDealership, doers: ReadonlySet<string>): Record<string, string[]> {
  const staff = Object.entries(roles).map(([role, users]) => [role, users.filter((user) => doers.has(user))] as const);
  return Object.fromEntries(staff.filter(([, users]) => users.length > 0));
}
