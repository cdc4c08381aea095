import type { Calendar } from '../calendar/calendar';
import type { DutySchedule } from '../calendar/duty-schedule';
import type { Expression, ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import type { CompiledRegister } from '../register/register';
import type { CompiledReport } from '../report/report';
import type { LocalizedText, ProcessModel } from '../runtime/process-model';
import type { CompiledTemplate } from '../template/template';
import type { Publishers } from './publishers';

/** One definition file as it was read: `path` is relative to the folder that was named, `text` its content. */
export interface SourceFile {
  path: string;
  text: string;
}

/** What the compiler says about a place in a file. Lines and columns count from 1; the end is exclusive. */
export interface Finding {
  rule: string;
  severity: 'error' | 'warning' | 'note';
  file: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  /** One line, lower case, input in quotes. */
  message: string;
  /** What to write instead. */
  remedy: string;
}

/** A form with its compiled parts. `hash` addresses the canonical JSON of everything else. */
export interface CompiledForm {
  id: string;
  hash: string;
  title: LocalizedText;
  /** JSON Schema 2020-12 as written. */
  schema: JsonObject;
  /** Shown read-only beside the form. */
  shows: Expression[];
}

export interface CompiledProcess {
  id: string;
  /** sha-256, hex, of the canonical JSON of `model`. */
  hash: string;
  model: ProcessModel;
}

/** What one dealership runs: its effective processes and forms (overlays applied), staff and settings. */
export interface CompiledDealership {
  id: string;
  title: LocalizedText;
  /** IANA time zone; Asia/Shanghai unless the document says otherwise. */
  timezone: string;
  /** Role to user names. */
  roles: Record<string, string[]>;
  /** What its connectors may connect to; absent where its document says nothing of it. */
  connections?: { hosts: string[] };
  /** How its people are reached, by user; absent where its document says nothing of it. */
  users?: Record<string, { mail: string }>;
  /** Who may publish what through the API, as its duties and its own document say; absent where they say nothing. */
  publishers?: Publishers;
  settings: Json;
  settingsType: ValueType;
  processes: Record<string, CompiledProcess>;
  forms: Record<string, CompiledForm>;
  /** The registers of its duties and of the connectors of its processes, and those that these refer to. */
  registers: Record<string, CompiledRegister>;
  /** The reports of its duties and of the connectors of its processes. */
  reports: Record<string, CompiledReport>;
  /** All templates of documents, by id. */
  templates: Record<string, CompiledTemplate>;
  /** All calendars, by id. */
  calendars: Record<string, Calendar>;
  /** The schedules of its duties, by `<duty>.<id>`. */
  schedules: Record<string, DutySchedule>;
}

/** The result of compiling a set of documents. With an `error` among the findings nothing of it may be published. */
export interface Compilation {
  findings: Finding[];
  dealerships: Record<string, CompiledDealership>;
}
