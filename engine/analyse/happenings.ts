import { mayThrow, TRIES_SPENT } from '../connectors/catalogue';
import type { JsonObject } from '../json';
import type { Actor, EngineEvent } from '../runtime/events';
import type { InstanceState, Timer, Token, UserTask } from '../runtime/instance-state';
import type { Node, UserTaskNode } from '../runtime/process-model';
import { type AnalysisModel, SOMEBODY } from './analysis-model';

/** Something that may happen to a case, in the words of a scenario. */
export type Happening =
  | { kind: 'start'; start: string | undefined; variables: JsonObject }
  | { kind: 'complete'; node: string; outcome: string | null; data: JsonObject }
  | { kind: 'return'; node: string; target: string }
  | { kind: 'timer'; node: string; overdue?: string }
  | { kind: 'answer'; node: string }
  | { kind: 'error'; node: string; code: string | undefined }
  | { kind: 'message'; node: string; name: string }
  | { kind: 'signal'; node: string; name: string }
  | { kind: 'turned'; node: string }
  | { kind: 'begin'; node: string; step: string }
  | { kind: 'finish'; node: string };

/** A happening with the state that it meets (a timer's time may have been moved), what the engine is told, and the token that it is about. */
export interface Possible {
  happening: Happening;
  state: InstanceState;
  event: EngineEvent;
  token: string;
  /** The oracle's site that turns true with it. */
  turned?: string;
}

const HOUR = 3_600_000;

/** Everything that may happen next in a case. */
export function possibleNext(state: InstanceState, model: AnalysisModel): Possible[] {
  const next = new Next(state, model);
  next.gather();
  return next.found;
}

class Next {
  readonly found: Possible[] = [];
  readonly #nodes: Record<string, Node>;
  readonly #open: ReadonlySet<string>;

  constructor(
    private readonly state: InstanceState,
    private readonly model: AnalysisModel,
  ) {
    this.#nodes = Object.values(model.closure.models)[0]?.nodes ?? {};
    this.#open = new Set(Object.values(state.tokens).flatMap(({ node, listens }) => (listens === true ? [] : [node])));
  }

  gather(): void {
    const { tasks, jobs, timers, subscriptions, tokens } = this.state;
    for (const task of Object.values(tasks)) this.#task(task);
    for (const job of Object.values(jobs)) this.#job(job.id, job.node, job.token);
    for (const timer of Object.values(timers)) this.#timer(timer, Object.values(timers));
    const heard = new Set<string>();
    for (const { token, name, event, correlationKey } of Object.values(subscriptions)) {
      const node = event ?? tokens[token]?.node ?? '';
      const key = `${node} ${name} ${token}`;
      if (heard.has(key)) continue;
      heard.add(key);
      const told = { atMs: this.state.nowMs, actor: actorOf([]), name, variables: {} };
      if (correlationKey === null)
        this.#add({ kind: 'signal', node, name }, { type: 'deliverSignal', signalId: `s${this.state.sequence}`, ...told }, token);
      else
        this.#add(
          { kind: 'message', node, name },
          { type: 'deliverMessage', messageId: `m${this.state.sequence}`, correlationKey, ...told },
          token,
        );
    }
    for (const token of Object.values(tokens)) this.#token(token);
  }

  #add(happening: Exclude<Happening, { kind: 'start' }>, event: EngineEvent, token: string, more: Partial<Possible> = {}): void {
    if (this.#goesOnBeside(happening.node)) return;
    this.found.push({ happening, state: this.state, event, token, ...more });
  }

  /** An event that does not interrupt, of which the steps of the last time are still open: it comes again when they are done. */
  #goesOnBeside(id: string): boolean {
    const node = this.#nodes[id];
    if ((node?.kind !== 'boundaryEvent' && node?.kind !== 'startEvent') || node.interrupting !== false) return false;
    return this.model.followers(id).some((next) => isOpen(this.model, next, this.#open));
  }

  #task(task: UserTask): void {
    const node = this.#nodes[task.node] as UserTaskNode;
    const actor = actorOf(task.candidateGroups);
    const base = { atMs: this.state.nowMs, actor, taskKey: task.key };
    const outcomes = node.outcomes.length === 0 ? [null] : node.outcomes.map(({ id }) => id);
    for (const outcome of outcomes) {
      for (const data of this.model.domains.waysOf(node.result, node.form)) {
        this.#add({ kind: 'complete', node: node.id, outcome, data }, { type: 'completeTask', ...base, outcome, data }, task.token);
      }
    }
    for (const target of node.return?.to ?? []) {
      this.#add({ kind: 'return', node: node.id, target }, { type: 'returnTask', ...base, target, reason: null }, task.token);
    }
  }

  #job(jobId: string, node: string, token: string): void {
    const atMs = this.state.nowMs;
    this.#add({ kind: 'answer', node }, { type: 'connectorSucceeded', atMs, jobId, output: null }, token);
    const job = this.#nodes[node];
    const connector = job?.kind === 'serviceTask' ? job.connector : undefined;
    for (const code of this.#codes()) {
      if (code !== undefined && connector !== undefined && !mayThrow(connector, code)) continue;
      const errorCode = code === undefined ? {} : { errorCode: code };
      this.#add({ kind: 'error', node, code }, { type: 'connectorFailed', atMs, jobId, message: 'failed', ...errorCode }, token);
    }
  }

  /** The errors to which anything in the process reacts. */
  #codes(): Set<string | undefined> {
    const codes = new Set<string | undefined>();
    for (const node of Object.values(this.#nodes)) {
      if ('trigger' in node && node.trigger?.kind === 'error') codes.add(node.trigger.code === TRIES_SPENT ? undefined : node.trigger.code);
    }
    return codes;
  }

  /** Timers of one token fire in their order; those of different ones in any, since they began at different times. */
  #timer(timer: Timer, all: readonly Timer[]): void {
    if (all.some((other) => other.token === timer.token && other.dueAtMs < timer.dueAtMs)) return;
    const { purpose } = timer;
    const atMs = this.state.nowMs + HOUR;
    // the others stay in their order, and come later
    const shift = 2 * HOUR + Math.max(0, ...all.map(({ dueAtMs }) => atMs - dueAtMs));
    const timers = Object.fromEntries(
      all.map((other) => [other.id, { ...other, dueAtMs: other.id === timer.id ? atMs : other.dueAtMs + shift }]),
    );
    const at = this.state.tokens[timer.token]?.node ?? '';
    const node = purpose.kind === 'event' ? purpose.node : at;
    const overdue = purpose.kind === 'overdue' ? { overdue: purpose.rule } : {};
    this.#add({ kind: 'timer', node, ...overdue }, { type: 'timersDue', atMs }, timer.token, { state: { ...this.state, timers } });
  }

  #token(token: Token): void {
    const atMs = this.state.nowMs;
    const watched = [token.node, ...Object.keys(token.conditions ?? {})];
    for (const node of new Set(watched)) {
      const turned = this.model.awaited.get(node);
      if (turned === undefined || (token.status !== 'waiting' && token.status !== 'guarded')) continue;
      // at a milestone it is the guard that waits; once passed, it is asked with every change
      if ('milestone' in (this.#nodes[node] ?? {}) && token.status !== 'guarded') continue;
      this.#add({ kind: 'turned', node }, { type: 'setVariables', atMs, actor: actorOf([]), variables: {} }, token.id, { turned });
    }
    const node = this.#nodes[token.node];
    if (node?.kind !== 'subProcess' || node.adHoc === undefined || token.status !== 'waiting') return;
    const scope = Object.values(this.state.scopes).find(({ caller }) => caller === token.id);
    if (scope === undefined) return;
    const activityKey = `${this.state.instanceKey}-${token.id}`;
    const open = new Set(Object.values(this.state.tokens).flatMap((other) => (other.scope === scope.id ? [other.node] : [])));
    const steps = Object.values(this.#nodes).filter(({ parent, kind }) => parent === node.id && kind !== 'boundaryEvent');
    for (const step of steps) {
      if (step.incoming.length > 0 || isOpen(this.model, step.id, open)) continue;
      const request = { atMs, actor: actorOf([]), elementId: step.id, activityKey };
      this.#add({ kind: 'begin', node: node.id, step: step.id }, { type: 'startAdHocStep', ...request }, token.id);
    }
    this.#add({ kind: 'finish', node: node.id }, { type: 'completeActivity', atMs, actor: actorOf([]), elementId: node.id }, token.id);
  }
}

/** True where a step, or anything that comes after it, is open. */
function isOpen({ followers }: AnalysisModel, step: string, open: ReadonlySet<string>): boolean {
  const after = new Set([step]);
  for (const id of after) for (const next of followers(id)) after.add(next);
  return [...after].some((id) => open.has(id));
}

function actorOf(roles: string[]): Actor {
  return { user: SOMEBODY, roles };
}
