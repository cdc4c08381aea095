import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSchedules } from '../../cli/schedules-command';
import { compileDefinitions } from '../../engine/compile/compile';
import { formatFinding } from '../../engine/language/finding';
import { readSettings } from '../../server/platform/settings';
import { ports } from './definition-files';

const documents = {
  plan: 'process: plan\ntitle: 计划\nvariables: { short: { type: boolean, default: false } }\nsteps:\n  - { id: write, userTask: { assign: { roles: [clerk] } } }\n',
  office: 'calendar: office\ntitle: 办公\nhours: { mon-fri: "09:00-18:00" }\nopen: { days: [tue-sun] }\n',
  dealership: 'dealership: tianhe\ntitle: 天河\nduties: [hub]\nroles: { clerk: [clerk@tianhe] }\n',
};

function compile(...schedules: string[]) {
  const duty = `duty: hub\ntitle: 枢纽\nprocesses: [plan]\ncovers: ["1.0"]\nschedules:\n${schedules.map((one) => `  - ${one}\n`).join('')}`;
  const files = Object.entries({ ...documents, duty }).map(([name, text]) => ({ path: `${name}.yaml`, text }));
  const { findings, dealerships } = compileDefinitions(files, ports);
  const errors = findings.filter(({ severity }) => severity === 'error').map(formatFinding);
  return { errors, schedules: dealerships['tianhe']?.schedules };
}

describe('schedules', () => {
  it('[L23.1] begin a process of their duty at a time of day, on days of several kinds', () => {
    const { errors, schedules } = compile(
      '{ id: plan, start: plan, at: "07:30", days: open, calendar: office, missed: runOnce, variables: { short: true } }',
      '{ id: week, start: plan, at: "08:00", days: fri-mon, missed: record }',
      '{ id: month, start: plan, at: "23:59", days: 28, missed: record }',
    );
    expect(errors).toEqual([]);
    expect(Object.keys(schedules ?? {})).toEqual(['hub.month', 'hub.plan', 'hub.week']);
    expect(schedules?.['hub.plan']).toMatchObject({ processId: 'plan', minute: 450, days: { kind: 'open' }, missed: 'runOnce' });
    expect(schedules?.['hub.plan']).toMatchObject({ timezone: 'Asia/Shanghai', calendar: { id: 'office' } });
    expect(schedules?.['hub.plan']?.variables).toEqual({ short: { literal: true } });
    expect(schedules?.['hub.week']?.days).toEqual({ kind: 'weekdays', weekdays: [5, 6, 7, 1] });
    expect(schedules?.['hub.month']?.days).toEqual({ kind: 'day', day: 28 });
  });

  it.each([
    ['{ id: a, start: plann, at: "07:00", days: mon, missed: record }', /the duty has no process "plann"/],
    ['{ id: a, start: plan, at: "07:00", days: open, missed: record }', /"open" days are those of a calendar/],
    ['{ id: a, start: plan, at: "07:00", days: open, calendar: offce, missed: record }', /there is no calendar "offce"/],
    ['{ id: a, start: plan, at: "24:00", days: mon, missed: record }', /a time of day in quotes/],
    ['{ id: a, start: plan, at: "07:00", days: 31, missed: record }', /28/],
    ['{ id: a, start: plan, at: "07:00", days: never, missed: record }', /open, working, monthEnd/],
    ['{ id: a, start: plan, at: "07:00", days: mon }', /missed/],
    [
      '{ id: a, report: r, at: "07:00", days: mon, missed: record }',
      /"report" is unknown here; write "start" with a process that runs and delivers it/,
    ],
  ])('[L23.1] refuse %s', (text, said) => {
    const { errors } = compile(text);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.join('\n')).toMatch(said);
  });

  it('[L23.1] refuse an id that is used twice', () => {
    const one = '{ id: a, start: plan, at: "07:00", days: mon, missed: record }';
    expect(compile(one, one).errors.join()).toContain('the id "a" is used twice');
  });

  it('are shown by the command, which names the dealerships that there are', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'neiqin-schedules-'));
    const duty = `duty: hub\ntitle: 枢纽\nprocesses: [plan]\nschedules:\n  - { id: plan, start: plan, at: "07:30", days: open, calendar: office, missed: record }\n`;
    for (const [name, text] of Object.entries({ ...documents, duty })) writeFileSync(join(folder, `${name}.yaml`), text);
    const said: string[] = [];
    const output = { out: (text: string) => said.push(text), error: (line: string) => said.push(line) };
    const context = { nowMs: Date.UTC(2026, 0, 30), settings: () => readSettings({}).settings };
    expect(await runSchedules(folder, { for: 'nobody' }, context, output)).toBe(2);
    expect(said.join()).toMatch(/there is no dealership "nobody"; .*tianhe/);
    expect(await runSchedules(folder, { for: 'tianhe', user: 'clerk@tianhe' }, context, output)).toBe(2);
    expect(said.at(-1)).toContain('add "--url"');
    expect(await runSchedules(folder, { for: 'tianhe' }, context, output)).toBe(0);
    expect(said.at(-1)).toMatch(/^tianhe hub\.plan: plan \(Asia\/Shanghai\)\n {2}2026-01-31 周六 Sat 07:30 {2}opening day\n/mu);
    rmSync(folder, { recursive: true });
  });
});
