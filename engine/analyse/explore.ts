import type { JsonObject } from '../json';
import type { EngineEvent } from '../runtime/events';
import type { IncidentCode, InstanceState } from '../runtime/instance-state';
import type { EngineRecord } from '../runtime/records';
import { transition } from '../runtime/transition';
import { type AnalysisModel, REACHED, SOMEBODY, startsOf } from './analysis-model';
import { canonicalOf } from './canonical-state';
import { type Happening, type Possible, possibleNext } from './happenings';
import { ranksOf } from './ranks';

/** How far a search may go. */
export interface SearchBounds {
  states: number;
  /** Milliseconds since the search began; absent: time does not matter. */
  elapsedMs?: () => number;
  ms: number;
}

/** One state that was found, and what leads out of it. */
export interface Found {
  number: number;
  state: InstanceState;
  /** How it was reached first. */
  from: Edge | undefined;
  /** What may happen, with the state that it leads to. */
  next: Edge[];
  /** Everything that may happen in it has been tried. */
  expanded: boolean;
  /** Something that may happen in it stops the case, or leads where the analysis cannot follow. */
  leaves: boolean;
}

/** What led from one state to another. `assumed`: the oracle had to choose. */
export interface Edge {
  source: number | undefined;
  happening: Happening;
  target: number;
  assumed: boolean;
  /** The branches that were chosen so. */
  branches: string[];
  /** What happened at the nodes that the search watches, in order; absent where it watches none. */
  passed?: Passing[];
}

/** What happened at a node that a search watches. */
export interface Passing {
  node: string;
  what: 'reached' | 'completed';
  /** Of a user task that was completed; null where it has no outcomes. */
  outcome?: string | null;
}

/** A case that stopped because of what the process says, and nothing else. */
interface Stopped {
  edge: Omit<Edge, 'target'>;
  node: string;
  code: IncidentCode;
  message: string;
}

/** What led out of a state and is not followed. */
interface Halt extends Omit<Edge, 'target'> {
  /** Where the case stops with what may be due to the analysis alone; absent: it stops by what the process says. */
  artefact?: { node: string; code: string };
}

/** What a search has found. */
export interface Exploration {
  model: AnalysisModel;
  states: Found[];
  /** Everything that can happen has been tried. */
  complete: boolean;
  /** Nodes that were reached, flows that were chosen. */
  reached: Set<string>;
  stopped: Stopped[];
  /** What led to a first state. */
  starts: Edge[];
  /** What led out of a state and is not followed: it stops the case, by what the process says or by what the analysis has put in its place. */
  halts: Halt[];
  /** Returns that were asked for: `task target`, and whether one was ever possible. */
  returns: Map<string, boolean>;
}

/** Ways in which one event can turn out, at most. */
const waysOfEvent = 64;
/** How often one step is open at once in a state that is still looked at. */
const crowd = 4;
/** What only a replaced value or an unreachable service can have caused. */
const artefacts: ReadonlySet<IncidentCode> = new Set([
  'expression-failed',
  'expression-too-costly',
  'value-invalid',
  'value-too-large',
  'connector-failed',
  'nobody-to-assign',
  'call-too-deep',
  'too-many-instances',
]);

/**
 * Looks at the states that a case can come into, with the real engine: whatever may happen is tried in each. The token that has come least far goes
 * first, so that what meets anywhere is seen there; then every other order, as far as the bounds allow.
 */
export function explore(model: AnalysisModel, bounds: SearchBounds, watched: ReadonlySet<string> = new Set()): Exploration {
  return new Search(model, bounds, watched).run();
}

class Search {
  readonly #states: Found[] = [];
  readonly #known = new Map<string, number>();
  readonly #first: { at: number; possible: Possible }[] = [];
  readonly #later: { at: number; possible: Possible }[] = [];
  readonly #reached = new Set<string>();
  readonly #stopped: Stopped[] = [];
  readonly #halts: Halt[] = [];
  readonly #starts: Edge[] = [];
  readonly #returns = new Map<string, boolean>();
  readonly #ranks: ReadonlyMap<string, number>;
  #whole = true;

  constructor(
    private readonly model: AnalysisModel,
    private readonly bounds: SearchBounds,
    private readonly watched: ReadonlySet<string>,
  ) {
    this.#ranks = ranksOf(model.original);
  }

  run(): Exploration {
    this.#begin();
    let first = 0;
    let later = 0;
    while (!this.#isSpent()) {
      const job = first < this.#first.length ? this.#first[first++] : this.#later[later++];
      if (job === undefined) break;
      this.#try(job.at, job.possible);
    }
    const left = [...this.#first.slice(first), ...this.#later.slice(later)];
    const complete = this.#whole && left.length === 0;
    for (const { at } of left) (this.#states[at] as Found).expanded = false;
    return {
      model: this.model,
      states: this.#states,
      complete,
      reached: this.#reached,
      stopped: this.#stopped,
      halts: this.#halts,
      starts: this.#starts,
      returns: this.#returns,
    };
  }

  #isSpent(): boolean {
    return this.#states.length >= this.bounds.states || this.#isLate();
  }

  #isLate(): boolean {
    return (this.bounds.elapsedMs?.() ?? 0) > this.bounds.ms;
  }

  #begin(): void {
    const { original } = this.model;
    const starts = [...(original.start === undefined ? [] : [undefined]), ...(original.triggeredStarts ?? [])];
    for (const start of starts) {
      const sets = start === undefined ? startsOf(this.model) : [{}];
      for (const variables of sets) this.#start(start, variables);
    }
  }

  #start(start: string | undefined, variables: JsonObject): void {
    const event: EngineEvent = {
      type: 'startInstance',
      atMs: 0,
      actor: { user: SOMEBODY, roles: [] },
      instanceKey: 'case',
      dealership: 'any',
      variables,
      businessKey: 'case',
      ...(start === undefined ? {} : { trigger: { node: start, variables: {} } }),
    };
    this.#apply(undefined, null, event, { kind: 'start', start, variables });
  }

  #try(at: number, { state, event, happening, turned }: Possible): void {
    this.#apply(at, state, event, happening, turned);
  }

  #apply(source: number | undefined, state: InstanceState | null, event: EngineEvent, happening: Happening, turned?: string): void {
    const { oracle, closure } = this.model;
    if (happening.kind === 'return') {
      const key = `${happening.node} ${happening.target}`;
      this.#returns.set(key, this.#returns.get(key) ?? false);
    }
    const all = oracle.everyWay(
      () => {
        if (this.#isLate()) {
          this.#whole = false;
          return;
        }
        const step = transition(closure, state, event);
        if (oracle.overrun) {
          this.#leave(source);
          if (step.ok)
            this.#halts.push({
              source,
              happening,
              assumed: true,
              branches: [],
              artefact: { node: 'node' in happening ? happening.node : 'start', code: 'too-many-conditions' },
            });
        }
        if (!step.ok || oracle.overrun) return;
        const assumed = oracle.assumed || turned !== undefined;
        const branches = assumed ? step.records.flatMap((record) => (record.type === 'branchTaken' ? [record.flowId] : [])) : [];
        const passed = this.watched.size === 0 ? {} : { passed: this.#passed(state, step.state, step.records) };
        this.#arrive({ source, happening, assumed, branches, ...passed }, step.state, step.records);
      },
      waysOfEvent,
      turned,
    );
    this.#whole &&= all;
  }

  #arrive(edge: Omit<Edge, 'target'>, state: InstanceState, records: readonly EngineRecord[]): void {
    const incidents = Object.values(state.incidents);
    // a connector's error that nobody catches is no way on
    if (incidents.length > 0 && edge.happening.kind !== 'error') this.#leave(edge.source);
    const own = incidents.filter(({ code }) => !artefacts.has(code));
    // a call or connector that fails waits at its place: what is resolved goes on as if it had been answered
    const [strange] = edge.happening.kind === 'error' ? [] : incidents.filter(({ code }) => artefacts.has(code));
    if (incidents.length > 0)
      this.#halts.push({ ...edge, ...(strange === undefined ? {} : { artefact: { node: strange.node, code: strange.code } }) });
    if (incidents.some(({ code }) => artefacts.has(code)) && edge.happening.kind !== 'start' && edge.happening.kind !== 'complete') return;
    if (edge.happening.kind === 'error' && own.length > 0) return;
    this.#note(state, records);
    if (edge.happening.kind === 'return') this.#returns.set(`${edge.happening.node} ${edge.happening.target}`, true);
    for (const { node, code, message } of own) {
      // where no branch is true because the oracle said so, nothing is proved
      if (code !== 'no-branch-true' || !edge.assumed) this.#stopped.push({ edge, node, code, message });
    }
    if (incidents.length > 0) return;
    const key = canonicalOf(state, this.model);
    const known = this.#known.get(key);
    const target = known ?? this.#add(key, state, edge);
    if (edge.source === undefined) this.#starts.push({ ...edge, target });
    else (this.#states[edge.source] as Found).next.push({ ...edge, target });
  }

  /** What a transition did at watched nodes, and in what they hold. */
  #passed(before: InstanceState | null, state: InstanceState, records: readonly EngineRecord[]): Passing[] {
    const passed: Passing[] = [];
    const reach = (id: string): void => {
      for (let at: string | undefined = id; at !== undefined; at = this.model.original.nodes[at]?.parent)
        if (this.watched.has(at)) passed.push({ node: at, what: 'reached' });
    };
    for (const record of records) {
      const { elementId, type } = record;
      if (elementId === undefined || type === 'messageUnsubscribed' || type === 'taskCanceled') continue;
      const id = elementId.endsWith(REACHED) ? elementId.slice(0, -REACHED.length) : elementId;
      reach(id);
      if (!this.watched.has(id)) continue;
      const loops = 'loop' in (this.model.original.nodes[id] ?? {});
      if (loops) {
        if (type === 'loopCompleted' && record.completed > 0) passed.push({ node: id, what: 'completed' });
      } else if (type === 'taskCompleted' && record.signature !== true)
        passed.push({ node: id, what: 'completed', outcome: record.task.outcome });
      else if (type === 'signingDecided') passed.push({ node: id, what: 'completed', outcome: record.outcome });
      else if (type === 'elementCompleted') passed.push({ node: id, what: 'completed' });
    }
    for (const { id, node, listens } of Object.values(state.tokens)) if (listens !== true && before?.tokens[id]?.node !== node) reach(node);
    return passed;
  }

  #leave(source: number | undefined): void {
    if (source !== undefined) (this.#states[source] as Found).leaves = true;
  }

  #add(key: string, state: InstanceState, edge: Omit<Edge, 'target'>): number {
    const number = this.#states.length;
    this.#known.set(key, number);
    this.#states.push({ number, state, from: { ...edge, target: number }, next: [], expanded: true, leaves: false });
    if (state.status !== 'active') return number;
    if (isCrowded(state)) {
      this.#whole = false;
      (this.#states[number] as Found).expanded = false;
      return number;
    }
    const possible = possibleNext(state, this.model);
    const least = this.#leastAdvanced(state, possible);
    for (const one of possible) (one.token === least ? this.#first : this.#later).push({ at: number, possible: one });
    return number;
  }

  #leastAdvanced(state: InstanceState, possible: readonly Possible[]): string | undefined {
    let least: string | undefined;
    let rank = Number.POSITIVE_INFINITY;
    for (const { token } of possible) {
      const own = this.#ranks.get(state.tokens[token]?.node ?? '') ?? 0;
      const listens = state.tokens[token]?.listens === true ? 1e6 : 0;
      if (own + listens < rank) {
        rank = own + listens;
        least = token;
      }
    }
    return least;
  }

  #note(state: InstanceState, records: readonly EngineRecord[]): void {
    for (const record of records) {
      if (record.elementId !== undefined && record.type !== 'messageSubscribed' && record.type !== 'messageUnsubscribed')
        this.#reach(record.elementId);
      if (record.type === 'branchTaken') this.#reach(record.flowId);
    }
    for (const { node, listens } of Object.values(state.tokens)) if (listens !== true) this.#reach(node);
  }

  /** What holds it, or what it stands at, is reached as well, however short that was. */
  #reach(id: string): void {
    const own = id.endsWith(REACHED) ? id.slice(0, -REACHED.length) : id;
    if (this.#reached.has(own)) return;
    this.#reached.add(own);
    const node = this.model.original.nodes[own];
    if (node?.parent !== undefined) this.#reach(node.parent);
    if (node?.kind === 'boundaryEvent') this.#reach(node.attachedTo);
  }
}

/** A state in which one step is open so often that it only gets more. */
function isCrowded({ tokens }: InstanceState): boolean {
  const counts = new Map<string, number>();
  for (const { node, instance, listens } of Object.values(tokens)) {
    if (instance === true || listens === true) continue;
    const count = (counts.get(node) ?? 0) + 1;
    if (count > crowd) return true;
    counts.set(node, count);
  }
  return false;
}
