import { nextOfCron } from '../../engine/calendar/cron';
import { firstOfCycle, nextOfCycle } from '../../engine/calendar/cycle';
import * as fixture from '../../engine/calendar/fixture';
import { addBusinessDays, addWorkingTime } from '../../engine/calendar/working-time';
import { closureOf } from '../../engine/compile/closure';
import { compileCalendar } from '../../engine/compile/compile-calendar';
import type { CompiledDealership, Finding } from '../../engine/compile/deployment';
import { Report } from '../../engine/compile/report';
import { readDocument } from '../../engine/language/documents';
import { formatFinding } from '../../engine/language/finding';
import { checkSchema } from '../../engine/language/schema-check';
import { compileTexts, findingsOf as findingsIn } from './compile-steps';
import { definitionsFolder, filesIn } from './definition-files';

/** What is said about a calendar, and what it compiles into where it fits its schema. */
function compile(text: string) {
  const { document, findings } = readDocument({ path: '1.yaml', text });
  if (document === undefined) throw new Error(findings.map(formatFinding).join('\n'));
  const said: Finding[] = [...checkSchema(document)];
  const calendar = said.length > 0 ? undefined : compileCalendar(new Report(document, said));
  return { calendar, findings: said.map(formatFinding) };
}

function calendarOf(text: string) {
  const { calendar, findings } = compile(text);
  if (calendar === undefined || findings.length > 0) throw new Error(findings.join('\n'));
  return calendar;
}

const findingsOf = (text: string): string[] => compile(text).findings;

describe('a calendar', () => {
  it('[L13.1] has hours by weekdays', () => {
    const { week, timezone, open, days } = calendarOf(
      'calendar: c\nhours: { mon-wed: ["09:00-12:00", "13:30-18:00"], sun: "00:00-24:00", fri: [] }',
    );
    const day = [
      [540, 720],
      [810, 1080],
    ];
    expect(week).toEqual([day, day, day, [], [], [], [[0, 1440]]]);
    expect(timezone).toBe('Asia/Shanghai');
    expect(open).toEqual(Array(7).fill(true));
    expect(days).toEqual({});
  });

  it.each([
    [
      'hours: { mon: "12:00-09:00" }',
      '2:15: error reversed-range: "12:00-09:00" does not end after it begins; write the earlier time first',
    ],
    ['hours: { mon: "09:00-09:00" }', '2:15: error reversed-range: "09:00-09:00" does not end'],
    [
      'hours: { mon: ["09:00-12:00", "11:00-13:00"] }',
      '2:31: error overlapping-hours: "11:00-13:00" begins before the hours before it end',
    ],
    ['hours: { mon: ["13:00-14:00", "09:00-12:00"] }', '2:31: error overlapping-hours'],
    ['hours: { fri-mon: "09:00-12:00" }', '2:10: error reversed-range: "fri-mon" ends before it begins; a week begins on Monday'],
    ['hours: { mon-wed: "09:00-12:00", tue: [] }', '2:34: error duplicate-day: "tue" is named twice'],
    ['hours: { mon-wed: [] }', '2:1: error no-hours: nobody ever works'],
    ['hours: { monday: "09:00-12:00" }', '2:10: error wrong-form: the key "monday" cannot stand here; write a weekday such as sat'],
    ['hours: { mon: "9:00-12:00" }', 'write hours in quotes such as "09:00-12:00"'],
    ['hours: { mon: "09:00-25:00" }', 'write hours in quotes'],
    ['hours: { mon: "09:00-12:00" }\ntimezone: Asia/Peking', '3:11: error unknown-timezone: there is no time zone "Asia/Peking"'],
    ['timezone: Asia/Shanghai', 'missing-key: the document has no "hours"'],
  ])('[L13.1] refuses %s', (text, finding) => {
    const findings = findingsOf(`calendar: c\n${text}`);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain(finding);
  });

  it('[L13.2] has public holidays and make-up working days up to its horizon', () => {
    const { days, horizon } = calendarOf('calendar: c\nhours: { mon-fri: "09:00-17:00", sat: "09:00-12:00" }\nholidays: cn');
    expect(days['2026-02-17']).toEqual([]);
    expect(days['2026-02-14']).toEqual([[540, 1020]]);
    expect(days['2026-02-24']).toBeUndefined();
    expect(horizon).toBe('2026-12-31');
    expect(Object.keys(days).every((date) => date >= '2020-01-01' && date <= '2026-12-31')).toBe(true);
    for (const year of [2020, 2021, 2022, 2023, 2024, 2025, 2026]) {
      expect(Object.keys(days).filter((date) => date.startsWith(`${year}-`)).length).toBeGreaterThan(30);
    }
  });

  it('[L13.2] knows other holidays not', () => {
    expect(findingsOf('calendar: c\nhours: { mon: "09:00-12:00" }\nholidays: de')[0]).toContain('"holidays" is "de"; write one of: cn');
    expect(calendarOf('calendar: c\nhours: { mon: "09:00-12:00" }')).not.toHaveProperty('horizon');
  });

  it('[L13.3] has single days before holidays', () => {
    const text = 'calendar: c\nhours: { mon-fri: "09:00-17:00" }\nholidays: cn\ndays: { "2026-02-14": [], "2026-02-17": "10:00-12:00" }';
    const { days } = calendarOf(text);
    expect([days['2026-02-14'], days['2026-02-17']]).toEqual([[], [[600, 720]]]);
  });

  it.each([
    ['days: { "2026-02-30": [] }', 'the key "2026-02-30" is no date; write a date, for example 2026-03-02'],
    ['days: { soon: [] }', 'the key "soon" is no date'],
    ['days: { "2026-03-02": "18:00-09:00" }', '3:23: error reversed-range'],
  ])('[L13.3] refuses %s', (text, finding) => {
    expect(findingsOf(`calendar: c\nhours: { mon: "09:00-12:00" }\n${text}`).join()).toContain(finding);
  });

  it('[L13.4] has opening days apart from hours and holidays', () => {
    const text = 'calendar: c\nhours: { mon-fri: "09:00-17:00" }\nholidays: cn\n';
    expect(calendarOf(`${text}open: { days: mon-sat, except: ["2026-02-17"], also: ["2026-03-01"] }`)).toMatchObject({
      open: [true, true, true, true, true, true, false],
      openDays: { '2026-02-17': false, '2026-03-01': true },
    });
    expect(calendarOf(`${text}open: { days: [mon, wed-fri] }`).open).toEqual([true, false, true, true, true, false, false]);
    expect(findingsOf(`${text}open: { days: [mon, mon-fri] }`)[0]).toContain('4:21: error duplicate-day: "mon" is named twice');
    expect(findingsOf(`${text}open: { days: sat-mon }`)[0]).toContain('4:15: error reversed-range');
    expect(findingsOf(`${text}open: { days: mon, except: ["2026-02-17"], also: ["2026-02-17"] }`)[0]).toContain('duplicate-day');
  });

  it('[L13.1] ships for offices', () => {
    const shipped = filesIn(definitionsFolder).find((file) => file.path === 'base/calendars/office.yaml');
    const office = calendarOf(shipped?.text ?? '');
    expect(office.id).toBe('office');
    expect(office.week[5]).toEqual([[540, 720]]);
    expect(office.days['2026-12-31']).toEqual([[540, 720]]);
    expect(office.openDays).toEqual({ '2026-02-17': false });
  });
});

describe('time in a calendar', () => {
  const { office } = fixture;

  it('[L13.5] is working time', () => {
    expect(fixture.local(addWorkingTime(office, fixture.at('2026-03-02T11:30'), 'PT2H'))).toBe('2026-03-02T15:00');
    expect(fixture.local(addWorkingTime(office, fixture.at('2026-03-02T11:00'), 'PT1H'))).toBe('2026-03-02T12:00');
    expect(fixture.local(addBusinessDays(office, fixture.at('2026-02-14T10:00'), 1))).toBe('2026-02-24T10:00');
    expect(addBusinessDays(office, fixture.at('2026-02-14T10:00'), 4_000)).toBeUndefined();
  });

  it('[L13.6] is counted by cycles', () => {
    const clock = { timezone: 'Asia/Shanghai', calendar: office };
    const first = firstOfCycle('R3/PT4H', fixture.at('2026-03-02T09:00'), clock);
    expect([fixture.local(first?.atMs), first?.left]).toEqual(['2026-03-02T14:30', 2]);
    expect(fixture.local(nextOfCycle('R3/PT4H', first?.atMs ?? 0, clock))).toBe('2026-03-03T09:30');
  });

  it.each([
    ['13.6', 'cycle: R3/PT0S', '"R3/PT0S" is no repeating interval; write one such as R3/PT10H'],
    ['13.7', 'cron: "0 25 * * *"', '"25" is no hour: write 0 to 23, *, a-b, */n or a list of these; write five fields'],
    ['13.7', 'cron: "0 0 30 2 *"', '"0 0 30 2 *" never comes; write five fields'],
    ['13.5', 'at: "2026-02-30"', '"2026-02-30" is no point in time; write one such as'],
    ['13.5', 'after: PT1H, timezone: Asia/Peking', 'there is no time zone "Asia/Peking"; write an IANA time zone'],
  ])('[L%s] refuses %s', (_, timer, finding) => {
    const findings = findingsIn(`process: waits\nsteps:\n  - { id: wait, timer: { ${timer} } }\n`);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain(finding);
  });

  it('[L13.7] is found by cron', () => {
    expect(fixture.local(nextOfCron('0 18 L * *', fixture.at('2026-02-02T18:00'), 'Asia/Shanghai'))).toBe('2026-02-28T18:00');
  });
});

describe('a case', () => {
  const step = (calendar: string) =>
    `process: asks
steps:
  - id: ask
    userTask:
      assign: { roles: [clerk] }
      due: { after: PT4H, calendar: ${calendar} }
      followUp: { after: { businessDays: 1 }, calendar: bank }
  - { id: later, timer: { after: PT1H, calendar: office } }
`;
  const bank = 'calendar: bank\nhours: { mon-fri: "09:00-17:00" }';
  const staff = 'dealership: test\nduties: [test]\nroles: { clerk: [c@test] }\nsettings: { transport: { priceCeiling: "1800.00" } }';
  const duty = 'duty: test\nprocesses: [asks]';

  it('[L13.1] carries the calendars that its processes name', () => {
    const { dealerships } = compileTexts(step('office'), bank, duty, staff, 'calendar: other\nhours: { mon: "09:00-17:00" }');
    const closure = closureOf(dealerships['test'] as CompiledDealership, 'asks');
    expect(Object.keys(closure.calendars ?? {})).toEqual(['bank', 'office']);
    expect(closure.calendars?.['bank']?.week[0]).toEqual([[540, 1020]]);
    expect(closureOf(dealerships['tianhe'] as CompiledDealership, 'warehouse-release')).not.toHaveProperty('calendars');
  });

  it('[L13.1] cannot name one that is not there', () => {
    expect(findingsIn(step('ofice'), bank)).toEqual([
      '1.yaml:6:37: error unknown-calendar: there is no calendar "ofice"; did you mean "office"?',
    ]);
    expect(findingsIn(step('office'), 'calendar: bank\nhours: {}').filter((line) => line.startsWith('1.yaml'))).toEqual([]);
  });
});
