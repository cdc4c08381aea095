import type { Calendar } from '../../calendar/calendar';
import type { Expression } from '../../feel/expression';
import type { Json, JsonObject } from '../../json';

/** How long something takes: always the same, anything between two bounds, or exponentially distributed around a mean. */
export type Length =
  | { kind: 'fixed'; ms: number }
  | { kind: 'between'; leastMs: number; mostMs: number }
  | { kind: 'exponential'; ms: number };

/** How a step of people is done. */
export interface Work {
  /** Working time that one person is busy with it. */
  takes: Length;
  /** Weights of its outcomes; those that are missing are never chosen. */
  outcomes?: Record<string, number>;
  /** What is entered beside what its form needs; expressions see the time at which it is. */
  data: Record<string, Expression | { literal: Json }>;
}

/** What a connector answers after a while, or with a share of failures between 0 and 1. */
interface ConnectorReply {
  after: Length;
  output: Json;
  failing: number;
  /** Code of the BPMN error with which it fails; null: its attempts are spent. */
  errorCode: string | null;
}

/** A message that comes a while after a case has begun to wait for it at a step. */
interface ExpectedMessage {
  after: Length;
  variables: JsonObject;
}

/** What comes in, who works, and how long things take: all that a simulation is given besides the process. */
export interface Workload {
  title: string;
  process: string;
  dealership: string;
  /** When the first case may come, milliseconds since the epoch. */
  atMs: number;
  /** Cases that come; after the last one everything is played to its end. */
  cases: number;
  seed: number;
  /** Time between two cases, counted in the calendar's working time where there is one. */
  every: Length;
  arrivals?: Calendar;
  /** Start variables; expressions read `number`, the case's from 1, and `pick`, by role somebody in turn. */
  start: Record<string, Expression | { literal: Json }>;
  /** People by role. */
  staff: Record<string, string[]>;
  /** When they work; absent: at any time. */
  hours?: Calendar;
  work: Record<string, Work>;
  /** For steps that `work` does not name. */
  otherWork: Work;
  replies: Record<string, ConnectorReply>;
  messages: Record<string, ExpectedMessage>;
}
