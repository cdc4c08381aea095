import type { JsonObject } from '../json';
import type { EngineEvent } from '../runtime/events';
import type { IncidentCode, InstanceState } from '../runtime/instance-state';
import type { EngineRecord } from '../runtime/records';
import { transition } from '../runtime/transition';
import { type AnalysisModel, REACHED, SOMEBODY, startsOf } from './analysis-model';
import { canonicalOf } from './canonical-state';
import { type Happening, type Possible, possibleNext } from './happenings';
import { Independence } from './independence';
import { ranksOf } from './ranks';

/** How far a search may go. */
export interface SearchBounds {
  states: number;
  /** Milliseconds since the search began; absent: time does not matter. */
  elapsedMs?: () => number;
  ms: number;
  /** Orders that make no difference are tried as well: more states, and the shortest ways to each. */
  everyOrder?: true;
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
  /** The time was over before everything had been tried. */
  late: boolean;
  /** Orders that make no difference were left out. */
  reduced: boolean;
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

/** One way in which an event turned out. */
interface Outcome {
  edge: Omit<Edge, 'target'>;
  state: InstanceState;
  records: readonly EngineRecord[];
  /** Nodes to which tokens came. */
  nodes: string[];
}

/** All ways in which an event turned out. */
interface Outcomes {
  happening: Happening;
  ways: Outcome[];
  /** What went round without a wait: `true` where the engine went on nevertheless. */
  overruns: boolean[];
  /** There were no more ways. */
  whole: boolean;
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
 * first, so that what meets anywhere is seen there; then every other order, as far as the bounds allow. Where the order makes no difference,
 * one token goes alone (see {@link Independence}).
 */
export function explore(model: AnalysisModel, bounds: SearchBounds, watched: ReadonlySet<string> = new Set()): Exploration {
  return new Search(model, bounds, watched).run();
}

class Search {
  readonly #states: Found[] = [];
  readonly #known = new Map<string, number>();
  /** States of which nothing has been tried yet. */
  readonly #fresh: number[] = [];
  readonly #later: { at: number; possible: Possible; outcomes?: Outcomes }[] = [];
  readonly #reached = new Set<string>();
  readonly #stopped: Stopped[] = [];
  readonly #halts: Halt[] = [];
  readonly #starts: Edge[] = [];
  readonly #returns = new Map<string, boolean>();
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #independence: Independence | undefined;
  #whole = true;
  #reduced = false;

  constructor(
    private readonly model: AnalysisModel,
    private readonly bounds: SearchBounds,
    private readonly watched: ReadonlySet<string>,
  ) {
    this.#ranks = ranksOf(model.original);
    this.#independence = bounds.everyOrder === true ? undefined : new Independence(model);
  }

  run(): Exploration {
    this.#begin();
    let fresh = 0;
    let later = 0;
    while (!this.#isSpent()) {
      const state = this.#fresh[fresh];
      const job = state === undefined ? this.#later[later] : undefined;
      if (state !== undefined) {
        fresh += 1;
        this.#expand(state);
      } else if (job === undefined) break;
      else {
        later += 1;
        this.#arriveAll(job.at, job.outcomes ?? this.#outcomesOf(job.at, job.possible));
      }
    }
    const left = [...this.#fresh.slice(fresh), ...this.#later.slice(later).map(({ at }) => at)];
    const complete = this.#whole && left.length === 0;
    for (const at of left) (this.#states[at] as Found).expanded = false;
    return {
      model: this.model,
      states: this.#states,
      complete,
      late: !complete && this.#isLate(),
      reduced: this.#reduced,
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
    this.#arriveAll(undefined, this.#apply(undefined, null, event, { kind: 'start', start, variables }));
  }

  /** Tries what may happen in a state: all that concerns one token where the order makes no difference, else the token that is least far first. */
  #expand(at: number): void {
    const { state } = this.#states[at] as Found;
    const groups = this.#byToken(state, possibleNext(state, this.model));
    const tried = new Map<string, Outcomes[]>();
    const alone = groups.length < 2 ? undefined : groups.find(([token, possible]) => this.#goesAlone(at, token, possible, tried));
    this.#reduced ||= alone !== undefined;
    for (const [index, [token, possible]] of (alone === undefined ? groups : [alone]).entries()) {
      const outcomes = tried.get(token);
      for (const [place, one] of possible.entries()) {
        if (index === 0 && !this.#isSpent()) this.#arriveAll(at, outcomes?.[place] ?? this.#outcomesOf(at, one));
        else this.#later.push({ at, possible: one, ...(outcomes?.[place] === undefined ? {} : { outcomes: outcomes[place] }) });
      }
    }
  }

  #goesAlone(at: number, token: string, possible: readonly Possible[], tried: Map<string, Outcomes[]>): boolean {
    const { state } = this.#states[at] as Found;
    if (this.#independence?.mayGoFirst(state, token, possible) !== true) return false;
    const outcomes = possible.map((one) => this.#outcomesOf(at, one));
    tried.set(token, outcomes);
    const isPlain = outcomes.every(
      ({ whole, overruns, ways }) => whole && overruns.length === 0 && ways.every(({ edge }) => (edge.passed ?? []).length === 0),
    );
    // an error that nobody catches leads nowhere
    const turns = outcomes.flatMap(({ happening, ways }) =>
      happening.kind === 'error' ? ways.filter(({ state: now }) => Object.keys(now.incidents).length === 0) : ways,
    );
    return isPlain && this.#independence.isLocal(state, token, turns);
  }

  /** What may happen to each token, the token that has come least far first. */
  #byToken(state: InstanceState, possible: readonly Possible[]): [token: string, possible: Possible[]][] {
    const groups = new Map<string, Possible[]>();
    for (const one of possible) groups.set(one.token, [...(groups.get(one.token) ?? []), one]);
    const rank = ([token]: [string, unknown]): number =>
      (this.#ranks.get(state.tokens[token]?.node ?? '') ?? 0) + (state.tokens[token]?.listens === true ? 1e6 : 0);
    return [...groups].sort((one, other) => rank(one) - rank(other));
  }

  #outcomesOf(at: number, { state, event, happening, turned }: Possible): Outcomes {
    return this.#apply(at, state, event, happening, turned);
  }

  /** Applies an event once for each way in which it can turn out; nothing is noted yet. */
  #apply(source: number | undefined, state: InstanceState | null, event: EngineEvent, happening: Happening, turned?: string): Outcomes {
    const { oracle, closure } = this.model;
    const ways: Outcome[] = [];
    const overruns: boolean[] = [];
    let whole = true;
    const all = oracle.everyWay(
      () => {
        if (this.#isLate()) {
          whole = false;
          return;
        }
        const step = transition(closure, state, event);
        if (oracle.overrun) overruns.push(step.ok);
        if (!step.ok || oracle.overrun) return;
        const assumed = oracle.assumed || turned !== undefined;
        const branches = assumed ? step.records.flatMap((record) => (record.type === 'branchTaken' ? [record.flowId] : [])) : [];
        const passed = this.watched.size === 0 ? {} : { passed: this.#passed(state, step.state, step.records) };
        const nodes = step.passed.map(({ node }) => node);
        ways.push({ edge: { source, happening, assumed, branches, ...passed }, state: step.state, records: step.records, nodes });
      },
      waysOfEvent,
      turned,
    );
    return { happening, ways, overruns, whole: whole && all };
  }

  /** Notes all that an event has led to. */
  #arriveAll(source: number | undefined, { happening, ways, overruns, whole }: Outcomes): void {
    this.#whole &&= whole;
    // nothing is said of a state of which not every way is known
    if (!whole && source !== undefined) (this.#states[source] as Found).expanded = false;
    if (happening.kind === 'return') {
      const key = `${happening.node} ${happening.target}`;
      this.#returns.set(key, this.#returns.get(key) ?? false);
    }
    for (const wentOn of overruns) {
      this.#leave(source);
      const artefact = { node: 'node' in happening ? happening.node : 'start', code: 'too-many-conditions' };
      if (wentOn) this.#halts.push({ source, happening, assumed: true, branches: [], artefact });
    }
    for (const { edge, state, records } of ways) this.#arrive(edge, state, records);
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
    this.#fresh.push(number);
    return number;
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

/** A state in which one step is open so often that it only gets more; at a join each way is counted by itself. */
function isCrowded({ tokens }: InstanceState): boolean {
  const counts = new Map<string, number>();
  for (const { node, status, via, instance, listens } of Object.values(tokens)) {
    if (instance === true || listens === true) continue;
    const place = status === 'joining' ? `${node} ${via ?? ''}` : node;
    const count = (counts.get(place) ?? 0) + 1;
    if (count > crowd) return true;
    counts.set(place, count);
  }
  return false;
}
