import type { Json, JsonObject } from '../json';
import type { Actor } from '../runtime/events';

/** What a host answers to a request: done, or refused with the engine's code (or the API's, where the API refuses). */
export type HostAnswer = { ok: true } | { ok: false; code: string; message: string };

/** Hosts in virtual time answer at once, others later. */
type Awaitable<T> = T | Promise<T>;

interface ScenarioStart {
  processId: string;
  /** Milliseconds since the epoch: when the case begins. */
  atMs: number;
  actor: Actor;
  /** Variables of the process, after the start form's mapping. */
  variables: JsonObject;
}

/** What a connector gives: its output, a BPMN error, or nothing because all its attempts are spent. */
export type ConnectorAnswer =
  | { kind: 'output'; output: Json }
  | { kind: 'error'; code: string; message: string }
  | { kind: 'failure'; message: string };

/** A step of a process of the case, the root or a called one. */
export interface ObservedStep {
  processId: string;
  elementId: string;
}

interface ObservedTask extends ObservedStep {
  assignee: string | null;
  candidateGroups: string[];
  candidateUsers: string[];
  /** Milliseconds since the epoch. */
  dueAtMs: number | null;
}

/** What a case looks like: the same on every host. Steps of all processes of the case, the called ones included. */
export interface Observation {
  state: 'ACTIVE' | 'SUSPENDED' | 'COMPLETED' | 'CANCELED' | 'TERMINATED';
  /** Name of the end that was reached; null while it runs. */
  ended: string | null;
  /** Open user tasks, the oldest first. */
  tasks: ObservedTask[];
  /** Other steps at which a token waits: running connectors, timers, messages, conditions. Neither calls nor joins. */
  waits: ObservedStep[];
  /** How often each step was completed: user tasks (`taskCompleted`), other activities, catch and boundary events (`elementCompleted`). */
  ran: (ObservedStep & { count: number })[];
  /** How often exclusive gateways chose each flow. */
  branches: { processId: string; flowId: string; count: number }[];
  /** How often tasks were urged, over all tasks of a step. */
  urged: (ObservedStep & { count: number })[];
  /** The roles to which tasks were escalated, over all tasks of a step. */
  escalated: (ObservedStep & { roles: string[] })[];
  /** Variables of the root process. */
  variables: JsonObject;
  /** Open incidents. */
  incidents: (ObservedStep & { code: string })[];
}

/**
 * Where a scenario runs: one case of one dealership. Where a request names a step, the oldest open task (or call, or incident) of that
 * step anywhere in the case is meant; without one, the answer is the refusal `task-not-found`, `connector-not-waiting` or
 * `incident-not-found`.
 */
export interface ScenarioHost {
  start(start: ScenarioStart): Awaitable<HostAnswer>;
  complete(elementId: string, actor: Actor, outcome: string | null, data: JsonObject): Awaitable<HostAnswer>;
  claim(elementId: string, actor: Actor): Awaitable<HostAnswer>;
  release(elementId: string, actor: Actor): Awaitable<HostAnswer>;
  /** Lets time go on; every deadline on the way is met in order. */
  advance(ms: number): Awaitable<void>;
  publish(name: string, key: string, variables: JsonObject, actor: Actor): Awaitable<HostAnswer>;
  answerConnector(elementId: string, answer: ConnectorAnswer): Awaitable<HostAnswer>;
  cancel(actor: Actor, reason: string): Awaitable<HostAnswer>;
  resolveIncident(elementId: string, actor: Actor, variables: JsonObject): Awaitable<HostAnswer>;
  observe(): Awaitable<Observation>;
}
