import type { DutySchedule, ScheduleDays } from '../calendar/duty-schedule';
import { compileExpression, type NameScope } from '../feel/compile';
import type { Json } from '../json';
import { quoted, suggestion } from '../language/suggestion';
import type { ProcessModel } from '../runtime/process-model';
import type { Catalogue } from './compile-dealership';
import { ExpressionCompiler, isExpressionText } from './expressions';
import type { Report } from './report';
import { listOf, mapOf, textOf } from './step-document';

/** What the variables of a schedule may read. */
const names: NameScope = { has: (name) => name === 'date', typeOf: () => ({ kind: 'date' }), list: () => ['date'] };

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Complains about schedules that start no process of their duty, give it what it does not have, ask no or an unknown calendar, or have the id of another. */
export function checkSchedules(
  report: Report,
  calendars: ReadonlySet<string>,
  modelOf: (process: string) => ProcessModel | undefined,
): void {
  const processes = listOf(report.document.value['processes']).map(String);
  const ids = new Set<string>();
  listOf(report.document.value['schedules']).forEach((entry, index) => {
    const { id, start, days, calendar, variables } = mapOf(entry);
    const place = ['schedules', index];
    if (ids.has(String(id))) {
      const remedy = 'give each schedule of a duty an id of its own';
      report.at([...place, 'id'], { rule: 'duplicate-id', message: `the id ${quoted(String(id))} is used twice`, remedy });
    }
    ids.add(String(id));
    const model = modelOf(String(start));
    for (const name of Object.keys(mapOf(variables))) {
      new ExpressionCompiler(report, names).at([...place, 'variables', name]);
      if (model === undefined || model.additionalVariables === true || Object.hasOwn(model.variables, name)) continue;
      const remedy = suggestion(name, Object.keys(model.variables)) ?? `declare it under "variables" of process ${quoted(model.id)}`;
      const message = `process ${quoted(model.id)} has no variable ${quoted(name)}`;
      report.at([...place, 'variables', name], { rule: 'unknown-variable', message, remedy }, 'key');
    }
    if (!processes.includes(String(start))) {
      const remedy = suggestion(String(start), processes) ?? 'add it to "processes" of the duty';
      report.at([...place, 'start'], { rule: 'unknown-process', message: `the duty has no process ${quoted(String(start))}`, remedy });
    }
    if (calendar !== undefined && !calendars.has(String(calendar))) {
      const remedy = suggestion(String(calendar), calendars) ?? `write a document "calendar: ${String(calendar)}"`;
      report.at([...place, 'calendar'], { rule: 'unknown-calendar', message: `there is no calendar ${quoted(String(calendar))}`, remedy });
    }
    if (calendar === undefined && (days === 'open' || days === 'working')) {
      const remedy = 'add "calendar" with the id of a calendar';
      report.at([...place, 'days'], { rule: 'calendar-missing', message: `${quoted(days)} days are those of a calendar`, remedy });
    }
  });
}

/** The schedules of the duties that a dealership has, on its clock; those with findings are missing. */
export function schedulesOf(duties: Json | undefined, timezone: string, catalogue: Catalogue): Record<string, DutySchedule> {
  const schedules: DutySchedule[] = listOf(duties).flatMap((duty) =>
    listOf(catalogue.dutySchedules.get(String(duty))).flatMap((entry) => {
      const { id, start, at, days, calendar: calendarId, missed, variables } = mapOf(entry);
      const calendar = catalogue.calendars.get(String(calendarId));
      const [hour, minute] = (textOf(at) ?? '00:00').split(':').map(Number) as [number, number];
      if (calendarId !== undefined && calendar === undefined) return [];
      return {
        id: `${String(duty)}.${String(id)}`,
        processId: String(start),
        minute: 60 * hour + minute,
        days: daysOf(days),
        ...(calendar === undefined ? {} : { calendar }),
        timezone,
        missed: missed === 'record' ? 'record' : 'runOnce',
        variables: valuesOf(mapOf(variables)),
      };
    }),
  );
  return Object.fromEntries(schedules.sort((a, b) => (a.id < b.id ? -1 : 1)).map((schedule) => [schedule.id, schedule]));
}

/** Expressions and plain values; those with findings are missing. */
function valuesOf(variables: Record<string, Json>): DutySchedule['variables'] {
  const values: DutySchedule['variables'] = {};
  for (const [name, value] of Object.entries(variables)) {
    const compiled = isExpressionText(value) ? compileExpression(value.slice(1), names) : undefined;
    if (compiled === undefined) values[name] = { literal: value };
    else if (compiled.ok) values[name] = compiled.expression;
  }
  return values;
}

function daysOf(given: unknown): ScheduleDays {
  if (typeof given === 'number') return { kind: 'day', day: given };
  if (given === 'open' || given === 'working' || given === 'monthEnd') return { kind: given };
  const [from = '', to = from] = String(given).split('-');
  const [first, last] = [WEEKDAYS.indexOf(from), WEEKDAYS.indexOf(to)];
  const length = ((last - first + 7) % 7) + 1;
  return { kind: 'weekdays', weekdays: Array.from({ length }, (_, step) => ((first + step) % 7) + 1) };
}
