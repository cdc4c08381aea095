import type { Calendar } from '../../calendar/calendar';
import { addBusinessDays, addWorkingTime, isBeyondHorizon } from '../../calendar/working-time';
import { quoted } from '../../language/suggestion';
import { instantMs } from '../../runtime/durations';
import type { Node, TimerRule } from '../../runtime/process-model';
import { pathOfNode, type Rule } from '../rule';

/** A date counted from today lies where the calendar does not know the public holidays yet. */
export const dueBeyondHorizon: Rule = {
  id: 'due-beyond-horizon',
  severity: 'warning',
  about: 'definitions',
  check({ sources, nowMs }) {
    if (nowMs === undefined) return [];
    return [...sources.processes.values()].flatMap(({ compiled, document, index }) =>
      Object.values(compiled.model.nodes).flatMap((node) => {
        const beyond = timersOf(node).find((timer) => isBeyond(timer, sources.calendars.get(timer.calendar ?? ''), nowMs));
        if (beyond === undefined) return [];
        const horizon = sources.calendars.get(beyond.calendar ?? '')?.horizon ?? '';
        const { id, path } = pathOfNode({ index }, node.id);
        const message = `counted from today, ${quoted(id)} is due ${spanOf(beyond)}, which is after ${horizon}, up to which calendar ${quoted(beyond.calendar ?? '')} knows the holidays`;
        return [
          {
            document,
            path,
            message,
            remedy: 'make the time shorter, or name the days off under "days" of the calendar as soon as they are announced',
          },
        ];
      }),
    );
  },
};

function timersOf(node: Node): TimerRule[] {
  if (node.kind === 'userTask') return [node.due, node.followUp].flatMap((timer) => timer ?? []);
  return 'trigger' in node && node.trigger?.kind === 'timer' ? [node.trigger.timer] : [];
}

function spanOf(timer: TimerRule): string {
  if ('businessDays' in timer) return `${String(timer.businessDays)} working days later`;
  return 'at' in timer ? `at ${String(timer.at)}` : `${'after' in timer ? String(timer.after) : ''} later`;
}

function isBeyond(timer: TimerRule, calendar: Calendar | undefined, nowMs: number): boolean {
  if (calendar === undefined) return false;
  const due = dueOf(timer, calendar, nowMs);
  return due === 'unknown' ? false : due === undefined || isBeyondHorizon(calendar, due);
}

function dueOf(timer: TimerRule, calendar: Calendar, nowMs: number): number | 'unknown' | undefined {
  if ('after' in timer && typeof timer.after === 'string') return addWorkingTime(calendar, nowMs, timer.after);
  if ('businessDays' in timer && typeof timer.businessDays === 'number') return addBusinessDays(calendar, nowMs, timer.businessDays);
  if ('at' in timer && typeof timer.at === 'string') return instantMs(timer.at, calendar.timezone);
  return 'unknown';
}
