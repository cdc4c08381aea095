import type { Json, JsonObject } from '../json';
import type { Actor, EngineRequest } from '../runtime/events';

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
  /** The triggered start event, and what came with its message or signal. */
  trigger?: { node: string; variables: JsonObject };
}

/** A message from outside; one with an `id` that was published before does nothing again. */
export interface ScenarioMessage {
  id?: string;
  name: string;
  correlationKey: string;
  variables: JsonObject;
  /** How long it is kept where nobody awaits it; 0: it is refused then. */
  timeToLiveMs: number;
  actor: Actor;
}

type Unstamped<E> = E extends { atMs: number } ? Omit<E, 'atMs'> : never;

/** Everything that people ask of a running case, without its time. */
export type HostRequest = Unstamped<Exclude<EngineRequest, { type: 'startInstance' | 'deliverMessage' | 'deliverSignal' }>>;

/** What a connector gives: its output, a BPMN error, or nothing because all its attempts are spent. */
export type ConnectorAnswer =
  | { kind: 'output'; output: Json }
  | { kind: 'error'; code: string; message: string }
  | { kind: 'failure'; message: string };

/** What people write beside a task, of which the case does not hear. A task with a draft counts as begun. */
export type Note = { kind: 'draft'; outcome: string | null; data: JsonObject } | { kind: 'comment'; text: string };

/** A step of a process of the case, the root or a called one. */
export interface ObservedStep {
  processId: string;
  elementId: string;
}

/** An open task. */
export interface ObservedTask extends ObservedStep {
  key: string;
  assignee: string | null;
  candidateGroups: string[];
  candidateUsers: string[];
  /** Milliseconds since the epoch. */
  dueAtMs: number | null;
  priority: number;
  /** Another task or step of its critical section is at work. */
  locked: boolean;
}

/** Something that is listened for, wherever: the step or event that goes on with it. */
export interface ObservedWait extends ObservedStep {
  kind: 'timer' | 'message' | 'signal' | 'condition' | 'connector' | 'call';
  /** Of the message or signal; of a call the called process. */
  name?: string;
  /** Of a message. */
  key?: string;
  /** When a timer is due, milliseconds since the epoch. */
  atMs?: number;
}

/** Variables of a process of the case, or of a sub-process or an instance that is open; `elementId` is empty for a process. */
interface ObservedVariables extends ObservedStep {
  variables: JsonObject;
}

/** What a case looks like: the same on every host. Steps of all processes of the case, the called ones included. */
export interface Observation {
  state: 'ACTIVE' | 'SUSPENDED' | 'COMPLETED' | 'CANCELED' | 'TERMINATED';
  /** Name of the end that was reached; null while it runs. */
  ended: string | null;
  /** Open user tasks, the oldest first. */
  tasks: ObservedTask[];
  /** Open user tasks of the cases that this one has started. */
  detachedTasks: ObservedStep[];
  /**
   * Other steps at which a token waits: connectors, timers, messages, signals, conditions, event-based gateways, milestones and critical sections.
   * Neither calls, sub-processes and repeated activities (what is inside waits) nor joins, boundary events and event sub-processes.
   */
  waits: ObservedStep[];
  /** Everything that is listened for, of boundary events, gateways' events and event sub-processes too; what is overdue does not count. */
  awaits: ObservedWait[];
  /** The steps that were completed, in order: user tasks (`taskCompleted`, of several signers `signingDecided`), other activities, events and ends (`elementCompleted`). */
  order: ObservedStep[];
  /** The completed tasks, in order. */
  completedTasks: (ObservedStep & { key: string })[];
  /** How often each step was completed. */
  ran: (ObservedStep & { count: number })[];
  /** How often exclusive gateways chose each flow. */
  branches: { processId: string; flowId: string; count: number }[];
  /** How often tasks were urged, over all tasks of a step. */
  urged: (ObservedStep & { count: number })[];
  /** The roles to which tasks were escalated, over all tasks of a step. */
  escalated: (ObservedStep & { roles: string[] })[];
  /** The roles and users to whom copies were sent, over all tasks of a step. */
  copied: (ObservedStep & { to: string[] })[];
  /** Whom urges, escalations and copies reached, over all tasks of a step: users and roles. */
  notified: (ObservedStep & { to: string[] })[];
  /** Comments on tasks, over all tasks of a step, in order; of hosts that keep them. */
  comments: (ObservedStep & { texts: string[] })[];
  /** What connectors were asked, in order. */
  asked: (ObservedStep & { connector: string; input: JsonObject })[];
  /** The decisions that were made, in order, with the numbers of the rules that matched, from 1. */
  decided: { decision: string; rules: number[] }[];
  /** Codes of errors and of escalations that were thrown, in order. */
  errors: string[];
  escalations: string[];
  /** Messages that the case has published, and signals that it has thrown, in order. */
  published: { name: string; key: string }[];
  signals: string[];
  /** The processes of which it has started cases, in order. */
  detached: string[];
  /** Variables of the root process. */
  variables: JsonObject;
  /** All processes of the case, ended ones too, and its open scopes; the latest of several with the same id is the last. */
  scopes: ObservedVariables[];
  /** Open processes of the case. */
  instances: { key: string; processId: string }[];
  /** Open incidents. */
  incidents: (ObservedStep & { key: string; code: string })[];
}

/**
 * Where a scenario runs: one case of one dealership. Requests carry keys that an observation has given; a step of which nothing is open is
 * refused by the host that is asked, with `connector-not-waiting` or `timer-not-waiting`. Who gets a task that is distributed is answered by
 * the host itself.
 */
export interface ScenarioHost {
  start(start: ScenarioStart): Awaitable<HostAnswer>;
  act(request: HostRequest): Awaitable<HostAnswer>;
  /** Lets time go on; every deadline on the way is met in order. */
  advance(ms: number): Awaitable<void>;
  /** Lets time go on to the nearest timer of a step: its own, of a boundary event, or one of what is overdue. */
  fireTimer(elementId: string): Awaitable<HostAnswer>;
  publish(message: ScenarioMessage): Awaitable<HostAnswer>;
  signal(name: string, variables: JsonObject, actor: Actor): Awaitable<HostAnswer>;
  /** The oldest call of that step is answered, or the one with the number `which`, from 1. */
  answerConnector(elementId: string, answer: ConnectorAnswer, which?: number): Awaitable<HostAnswer>;
  /** The case's time, milliseconds since the epoch. */
  nowMs(): Awaitable<number>;
  /** Suspends or resumes a process: all its cases that run, and no new one begins meanwhile. */
  suspendProcess(processId: string, suspended: boolean, actor: Actor): Awaitable<HostAnswer>;
  /** Saves a draft of a task, or a comment on it. */
  note(taskKey: string, note: Note, actor: Actor): Awaitable<HostAnswer>;
  observe(): Awaitable<Observation>;
  /** How often gateways, starts and ends were passed; absent where the host does not know. */
  passages?(): readonly (ObservedStep & { count: number })[];
}
