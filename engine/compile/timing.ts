import { cronProblem, nextOfCron } from '../calendar/cron';
import { isCycle } from '../calendar/cycle';
import type { ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted } from '../language/suggestion';
import { durationMs, instantMs } from '../runtime/durations';
import type { OverdueRule, RetryRule, ServiceTaskNode, TimerRule } from '../runtime/process-model';
import { checkTimezone } from './compile-calendar';
import { type ExpressionCompiler, isExpressionText } from './expressions';
import { compileLimits } from './limits';
import type { ProcessUses } from './process-uses';
import type { Report } from './report';
import { listOf, mapOf, numberOf, textOf } from './step-document';

type When = TimerRule extends infer Rule ? (Rule extends unknown ? Omit<Rule, 'calendar' | 'timezone' | 'suspend'> : never) : never;
const suspensions = ['skip', 'fireOnce', 'shift'] as const;

/** What an expression has to give where a timer is computed, and in words. */
const kindsOf: Record<'after' | 'at' | 'cycle' | 'cron', [ValueType['kind'][], string]> = {
  after: [['duration', 'string'], 'a duration, for example duration("PT4H")'],
  at: [['dateTime', 'date', 'string'], 'a point in time, for example a field with "format: date-time"'],
  cycle: [['string'], 'a text such as "R3/PT10H"'],
  cron: [['string'], 'a text such as "0 8 * * 1-5"'],
};

/** Compiles what is about time: timers, due dates, what happens after them, retries and time-outs. */
export class TimingCompiler {
  constructor(
    private readonly report: Report,
    private readonly expressions: ExpressionCompiler,
    private readonly uses: Pick<ProcessUses, 'calendars'>,
  ) {}

  timer(path: Path): TimerRule | undefined {
    const rule = mapOf(this.report.document.at(path));
    const calendar = this.calendar([...path, 'calendar']);
    const when = this.when(rule, path);
    if (when === undefined) return undefined;
    const timezone = textOf(rule['timezone']);
    if (timezone !== undefined) checkTimezone(timezone, [...path, 'timezone'], this.report);
    const suspend = suspensions.find((policy) => policy === rule['suspend']);
    return {
      ...when,
      ...(calendar === undefined ? {} : { calendar }),
      ...(timezone === undefined ? {} : { timezone }),
      ...(suspend === undefined ? {} : { suspend }),
    } as TimerRule;
  }

  private when(rule: JsonObject, path: Path): When | undefined {
    if (rule['after'] !== undefined) return this.after(rule, path);
    const key = (['at', 'cycle', 'cron'] as const).find((known) => rule[known] !== undefined) ?? 'at';
    const value = rule[key];
    if (!isExpressionText(value)) return this.written(key, String(value), [...path, key]);
    const expression = this.expressions.ofKind([...path, key], ...kindsOf[key]);
    return expression === undefined ? undefined : ({ [key]: expression } as When);
  }

  /** Points in time as they stand in the document. */
  private written(key: 'at' | 'cycle' | 'cron', text: string, path: Path): When | undefined {
    const complaint = timeComplaint(key, text);
    if (complaint === undefined) return { [key]: text } as When;
    this.report.at(path, { rule: 'timer-never', ...complaint });
    return undefined;
  }

  private after(rule: JsonObject, path: Path): When | undefined {
    const at = [...path, 'after'];
    const value = rule['after'];
    if (isExpressionText(value)) {
      const after = this.expressions.ofKind(at, ...kindsOf.after);
      return after === undefined ? undefined : { after };
    }
    const days = mapOf(value)['businessDays'];
    if (days === undefined) return this.period(String(value), at, rule['calendar'] !== undefined);
    this.wantCalendar(rule['calendar'] !== undefined, [...at, 'businessDays'], 'add "calendar: office" or another calendar');
    if (typeof days === 'number') return { businessDays: days };
    const businessDays = this.expressions.ofKind([...at, 'businessDays'], ['number'], 'a number of days');
    return businessDays === undefined ? undefined : { businessDays };
  }

  /** A literal duration; months and years are counted in the calendar of the zone, so they are no working time. */
  private period(after: string, path: Path, working: boolean): When | undefined {
    if (/^P\d+[YM]|^P\d+Y\d+M/u.test(after)) {
      if (!working) return { after };
      const message = `${quoted(after)} has months or years, and a calendar counts working days and hours`;
      this.report.at(path, { rule: 'calendar-months', message, remedy: 'write days, for example P20D, or leave "calendar" out' });
      return undefined;
    }
    if ((durationMs(after) ?? 0) < compileLimits.timerMs) {
      const message = `${quoted(after)} is shorter than a second, and the timer waits a second`;
      this.report.at(path, { rule: 'timer-too-short', severity: 'warning', message, remedy: 'write PT1S or more' });
    }
    return { after };
  }

  private calendar(path: Path): string | undefined {
    const calendar = textOf(this.report.document.at(path));
    if (calendar !== undefined) this.uses.calendars.push({ calendar, path });
    return calendar;
  }

  private wantCalendar(isThere: boolean, path: Path, remedy: string): void {
    if (isThere) return;
    const message = 'business days are those of a calendar, and none is named';
    this.report.at(path, { rule: 'calendar-missing', message, remedy }, 'key');
  }

  /** A duration of at least a second; undefined, with a finding, where it is shorter. */
  duration(path: Path): string | undefined {
    const value = this.report.document.at(path);
    if (typeof value !== 'string') return undefined;
    const ms = durationMs(value);
    if (ms !== undefined && ms >= compileLimits.timerMs) return value;
    this.report.at(path, { rule: 'timer-too-short', message: `${quoted(value)} is shorter than a second`, remedy: 'write PT1S or more' });
    return undefined;
  }

  overdue(path: Path): OverdueRule[] {
    const rules = listOf(this.report.document.at([...path, 'overdue']));
    if (rules.length > 0 && this.report.document.at([...path, 'due']) === undefined) {
      const message = 'there is no due date to be over';
      this.report.at([...path, 'overdue'], { rule: 'overdue-without-due', message, remedy: 'add "due: { after: ... }"' }, 'key');
    }
    const hasCalendar = this.report.document.at([...path, 'due', 'calendar']) !== undefined;
    const seen = new Set<string>();
    return rules.flatMap((_, index) => this.overdueRule([...path, 'overdue', index], seen, hasCalendar));
  }

  private overdueRule(path: Path, seen: Set<string>, hasCalendar: boolean): OverdueRule[] {
    const rule = mapOf(this.report.document.at(path));
    const id = String(rule['id']);
    if (seen.has(id)) {
      const message = `the id ${quoted(id)} is given twice`;
      this.report.at([...path, 'id'], { rule: 'duplicate-id', message, remedy: 'give each rule an id of its own' });
    }
    seen.add(id);
    const every = this.duration([...path, 'every']);
    const businessDays = numberOf(mapOf(rule['after'])['businessDays']);
    if (businessDays !== undefined) {
      this.wantCalendar(
        hasCalendar,
        [...path, 'after', 'businessDays'],
        'name the calendar at the due date: "due: { ..., calendar: office }"',
      );
    }
    const after = businessDays === undefined ? (this.duration([...path, 'after']) ?? every) : { businessDays };
    const times = typeof rule['times'] === 'number' ? rule['times'] : 1;
    if (times > 1 && rule['every'] === undefined) {
      const message = `it is to happen ${times} times, but not how long apart`;
      this.report.at([...path, 'times'], { rule: 'overdue-every', message, remedy: 'add "every: PT1H" or another duration' });
    }
    if (after === undefined) return [];
    return [{ id, after, ...(every === undefined ? {} : { every }), times, action: overdueAction(rule['do']) }];
  }

  retry(path: Path): RetryRule {
    const rule = mapOf(this.report.document.at(path));
    return {
      initial: this.duration([...path, 'initial']) ?? 'PT1S',
      factor: typeof rule['factor'] === 'number' ? rule['factor'] : 2,
      max: this.duration([...path, 'max']) ?? 'PT1M',
      attempts: typeof rule['attempts'] === 'number' ? rule['attempts'] : 10,
    };
  }

  timeout(path: Path): ServiceTaskNode['timeout'] {
    const attempt = this.duration([...path, 'attempt']) ?? 'PT30S';
    const total = this.duration([...path, 'total']) ?? 'P1D';
    const heartbeat = this.duration([...path, 'heartbeat']);
    return { attempt, total, ...(heartbeat === undefined ? {} : { heartbeat }) };
  }
}

function overdueAction(value: Json | undefined): OverdueRule['action'] {
  if (value === 'urge') return { kind: 'urge' };
  if (value === 'complete') return { kind: 'decide', outcome: null };
  const decided = mapOf(value)['decide'];
  if (typeof decided === 'string') return { kind: 'decide', outcome: decided };
  return { kind: 'escalate', roles: listOf(mapOf(mapOf(value)['escalate'])['roles']).map(String) };
}

/** What is wrong with a time that no timer could ever meet. */
function timeComplaint(key: 'at' | 'cycle' | 'cron', text: string): { message: string; remedy: string } | undefined {
  if (key === 'at') {
    if (instantMs(text, 'UTC') !== undefined) return undefined;
    return { message: `${quoted(text)} is no point in time`, remedy: 'write one such as 2026-03-02T09:00:00+08:00' };
  }
  if (key === 'cycle') {
    if (isCycle(text)) return undefined;
    return {
      message: `${quoted(text)} is no repeating interval`,
      remedy: 'write one such as R3/PT10H, R/P1D or R5/2026-03-02T09:00:00+08:00/P1D',
    };
  }
  const problem = cronProblem(text) ?? (nextOfCron(text, 0, 'UTC') === undefined ? `${quoted(text)} never comes` : undefined);
  return problem === undefined ? undefined : { message: problem, remedy: 'write five fields, for example "30 7 * * 1-5"' };
}
