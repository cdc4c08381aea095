import type { Calendar } from '../calendar/calendar';
import type { Json } from '../json';

/**
 * How FEEL reads a JSON value. JSON has no dates and no exact decimals, so the type says what a string stands for: money on the wire is
 * `"1800.00"` and an exact decimal in FEEL, a date is `"2026-03-02"` and a date in FEEL.
 */
export type ValueType =
  | { kind: 'any' | 'string' | 'number' | 'boolean' | 'money' | 'date' | 'time' | 'dateTime' | 'duration' }
  | { kind: 'list'; items: ValueType }
  | { kind: 'context'; properties: Record<string, ValueType>; open?: boolean };

/** A compiled FEEL expression: plain JSON, so that it travels inside the process model and needs no parser where it runs. */
export interface Expression {
  /** The source text, without the leading `=`; shown in incidents and to auditors. */
  text: string;
  /** The syntax tree. Its shape belongs to `engine/feel` alone. */
  tree: Json;
  /** The free names that it reads, sorted: used to know which conditions a changed variable can turn. */
  reads: string[];
  /** The inferred type of its value, where it holds money: what it is written by when its place wants no other type. */
  type?: ValueType;
}

/** What an expression may see: variables by name, and the event's own time, so that evaluation is a pure function. */
export interface EvaluationScope {
  /** The JSON value and type of a name; undefined where the name is unknown (which reads as null). */
  read(name: string): { value: Json; type: ValueType } | undefined;
  /** Milliseconds since the epoch, UTC: what `today()` and `now()` are computed from. */
  nowMs: number;
  /** IANA time zone of the dealership. */
  timezone: string;
  /** The calendars that `working time` and `add working time` may name. */
  calendars?: Readonly<Record<string, Calendar>>;
}

/** The result of an evaluation, as JSON of the wanted type, or why there is none. `message` is one line, lower case, names the text. */
export type Evaluation = { ok: true; value: Json } | { ok: false; code: 'expression-failed' | 'expression-too-costly'; message: string };
