import type { CompiledDealership } from '../compile/deployment';
import type { DecisionTable } from '../decision/decision-table';
import type { Passage } from '../runtime/draft';
import type { Node, ProcessModel } from '../runtime/process-model';
import type { EngineRecord } from '../runtime/records';

/** What is counted: `events` are boundary events and the starts of event sub-processes, `rules` those of decision tables. */
export const COVERED_KINDS = ['steps', 'flows', 'events', 'outcomes', 'rules'] as const;

/** One of the kinds of elements that coverage counts. */
export type CoveredKind = (typeof COVERED_KINDS)[number];

/** What a case has left behind that coverage reads. */
export interface Trace {
  records: readonly EngineRecord[];
  passed: readonly Passage[];
}

/** How much of one kind was passed; ids in the order of the definition. */
interface Share {
  total: number;
  missing: string[];
}

/** How much of a process was passed, at the dealerships that run the same model of it. */
export interface ProcessCoverage {
  process: string;
  dealerships: string[];
  kinds: Record<CoveredKind, Share>;
}

/**
 * Everything of a process that can be passed, by kind. A step is passed when it is completed, a gateway, a throwing event or an end when a token comes to
 * it; a flow when a token goes along it. Outcomes are `task = outcome`, rules `decision #number`; what the compiler adds to a step is left out, but not its flows.
 */
function elementsOf(model: ProcessModel): Record<CoveredKind, string[]> {
  const nodes = Object.values(model.nodes);
  const isWritten = ({ id, kind }: Node) => !id.includes('.') && kind !== 'boundaryEvent' && kind !== 'startEvent';
  return {
    steps: nodes.filter((node) => isWritten(node) && !(node.id === 'end' && node.kind === 'endEvent')).map(({ id }) => id),
    flows: Object.keys(model.flows),
    events: nodes.filter((node) => isEvent(model, node)).map(({ id }) => id),
    outcomes: nodes.flatMap((node) => (node.kind === 'userTask' ? node.outcomes.map(({ id }) => outcomeText(node.id, id)) : [])),
    rules: nodes.flatMap((node) => (node.kind === 'businessRuleTask' ? tablesOf(node.decision).flatMap(rulesOf) : [])),
  };
}

/** Starts with a trigger of the process itself are ways in, which no case can take together: they count as events. */
function isEvent(model: ProcessModel, node: Node): boolean {
  if (node.kind === 'boundaryEvent') return true;
  return node.kind === 'startEvent' && (node.trigger !== undefined || model.triggeredStarts?.includes(node.id) === true);
}

function tablesOf(decision: DecisionTable): DecisionTable[] {
  const inner = (decision.context ?? []).flatMap(({ value }) => ('rules' in value ? tablesOf(value) : []));
  return [...(decision.requires ?? []).flatMap((needed) => tablesOf(needed.decision)), ...inner, decision];
}

function rulesOf({ id, rules }: DecisionTable): string[] {
  return rules.map((_, index) => ruleText(id, index + 1));
}

function outcomeText(task: string, outcome: string): string {
  return `${task} = ${outcome}`;
}

function ruleText(decision: string, rule: number): string {
  return `${decision} #${rule}`;
}

/** What a trace has passed, as `process kind id`. */
export function passedBy({ records, passed }: Trace): Set<string> {
  const found = new Set<string>();
  const add = (process: string, kind: CoveredKind, id: string) => found.add(keyOf(process, kind, id));
  const processes = new Map<string, string>();
  for (const { process, node, flow } of passed) {
    add(process, 'steps', `${node}\u0000reached`);
    if (flow !== undefined) add(process, 'flows', flow);
  }
  for (const record of records) {
    if (record.type === 'instanceStarted') processes.set(record.instance.key, record.instance.processId);
    const process = processes.get(record.instanceKey) ?? '';
    const { elementId = '' } = record;
    if (record.type === 'decisionMade') for (const rule of record.rules) add(process, 'rules', ruleText(record.decision, rule));
    const outcome = record.type === 'taskCompleted' ? record.task.outcome : record.type === 'signingDecided' ? record.outcome : null;
    if (!isCompletion(record)) continue;
    add(process, 'steps', elementId);
    if (outcome !== null) add(process, 'outcomes', outcomeText(elementId, outcome));
  }
  return found;
}

function isCompletion(record: EngineRecord): boolean {
  if (record.type === 'taskCompleted') return record.signature !== true;
  return record.type === 'elementCompleted' || record.type === 'signingDecided' || record.type === 'loopCompleted';
}

function keyOf(process: string, kind: CoveredKind, id: string): string {
  return `${process} ${kind} ${id}`;
}

/** Whether an element of a process is among what was passed. */
export function isPassed(found: ReadonlySet<string>, model: ProcessModel, kind: CoveredKind, id: string): boolean {
  if (kind === 'flows') return found.has(keyOf(model.id, kind, id)) || isEventFlowPassed(found, model, id);
  if (kind === 'outcomes' || kind === 'rules') return found.has(keyOf(model.id, kind, id));
  const node = model.nodes[id];
  const reached = (step: string) => found.has(keyOf(model.id, 'steps', `${step}\u0000reached`));
  if (found.has(keyOf(model.id, 'steps', id))) return true;
  if (node === undefined) return false;
  if (node.kind === 'subProcess') return node.variant === 'event' && node.entries.some(reached);
  const isSilent = node.kind.endsWith('Gateway') || ['endEvent', 'startEvent', 'intermediateThrowEvent'].includes(node.kind);
  return isSilent && reached(id);
}

/** The token of an event-based gateway waits at the gateway; it has gone to an event when that has happened. */
function isEventFlowPassed(found: ReadonlySet<string>, model: ProcessModel, id: string): boolean {
  const { from = '', to = '' } = model.flows[id] ?? {};
  return model.nodes[from]?.kind === 'eventBasedGateway' && found.has(keyOf(model.id, 'steps', to));
}

/** Adds up what scenarios have passed, by dealership. */
export class CoverageCount {
  readonly #passed = new Map<string, Set<string>>();

  /** Counts what one scenario has passed at its dealership. */
  add(dealership: string, passed: ReadonlySet<string>): void {
    const known = this.#passed.get(dealership) ?? new Set<string>();
    for (const one of passed) known.add(one);
    this.#passed.set(dealership, known);
  }

  /** True where a scenario came into the process. */
  hasEntered(process: string): boolean {
    return [...this.#passed.values()].some((passed) => [...passed].some((one) => one.startsWith(`${process} `)));
  }

  /** The coverage of some processes, one entry for each model that dealerships run; what one of them has passed counts for all that run the same. */
  of(dealerships: readonly CompiledDealership[], processes: ReadonlySet<string>): ProcessCoverage[] {
    const groups = new Map<string, { model: ProcessModel; dealerships: string[] }>();
    for (const dealership of dealerships) {
      for (const { id, hash, model } of Object.values(dealership.processes)) {
        if (!processes.has(id)) continue;
        const group = groups.get(hash) ?? { model, dealerships: [] };
        group.dealerships.push(dealership.id);
        groups.set(hash, group);
      }
    }
    return [...groups.values()].map((group) => ({ process: group.model.id, dealerships: group.dealerships, kinds: this.#kinds(group) }));
  }

  #kinds({ model, dealerships }: { model: ProcessModel; dealerships: string[] }): ProcessCoverage['kinds'] {
    const passed = new Set(dealerships.flatMap((id) => [...(this.#passed.get(id) ?? [])]));
    const elements = elementsOf(model);
    const share = (kind: CoveredKind): Share => ({
      total: elements[kind].length,
      missing: elements[kind].filter((id) => !isPassed(passed, model, kind, id)),
    });
    return { steps: share('steps'), flows: share('flows'), events: share('events'), outcomes: share('outcomes'), rules: share('rules') };
  }
}

/** The share of everything that was passed, in percent, rounded down to a tenth: 100 is all of it. */
export function percentOf(coverages: readonly ProcessCoverage[]): number {
  const shares = coverages.flatMap(({ kinds }) => Object.values(kinds));
  const total = shares.reduce((sum, share) => sum + share.total, 0);
  const missing = shares.reduce((sum, share) => sum + share.missing.length, 0);
  return total === 0 ? 100 : Math.floor(((total - missing) / total) * 1000) / 10;
}
