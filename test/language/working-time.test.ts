import { closureOf } from '../../engine/compile/closure';
import { compileDefinitions } from '../../engine/compile/compile';
import { formatFinding } from '../../engine/language/finding';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario, type Scenario } from '../../engine/language/scenario';
import { createSimulator } from '../../engine/simulate/simulator';
import { ports } from './definition-files';

const surroundings = [
  'calendar: office\ntimezone: Asia/Shanghai\nhours: { mon-fri: ["09:00-12:00", "13:30-18:00"] }\n',
  'duty: d\nprocesses: [p]\n',
  'dealership: tianhe\nduties: [d]\nroles: { clerk: [c@tianhe] }\n',
];
const compile = (...texts: string[]) =>
  compileDefinitions(
    [...texts, ...surroundings].map((text, index) => ({ path: `${index + 1}.yaml`, text })),
    ports,
  );

const measured = `process: p
variables:
  begun: { type: string, format: date-time, default: "2026-03-02T10:00:00+08:00" }
  took: { type: string, format: duration }
  promised: { type: string, format: date-time }
steps:
  - id: measure
    scriptTask:
      set:
        took: =working time(begun, now(), "office")
        promised: =add working time(begun, duration("P1DT4H"), "office")
  - { id: done, end: done }
`;

it('[L18.3] a process measures and adds working time by a calendar, which travels with the case', async () => {
  const { findings, dealerships } = compile(measured);
  expect(findings.map(formatFinding)).toEqual([]);
  const { tianhe } = dealerships;
  if (tianhe === undefined) throw new Error('there is no dealership');
  expect(Object.keys(closureOf(tianhe, 'p').calendars ?? {})).toEqual(['office']);
  const text = `scenario: s
process: p
dealership: tianhe
at: 2026-03-03T14:30:00+08:00
start: {}
steps:
  - expect: { ended: done, variables: { took: PT10H30M, promised: "2026-03-03T15:30:00+08:00" } }
`;
  const { scenario, findings: wrong } = readScenario({ path: 's.yaml', text });
  expect(wrong).toEqual([]);
  expect((await runScenario(scenario as Scenario, tianhe, createSimulator(tianhe))).failures).toEqual([]);
});

it.each([
  [
    'a calendar that there is not',
    measured.replaceAll('"office"', '"ofice"'),
    'error unknown-calendar: there is no calendar "ofice"; did you mean "office"?',
  ],
  [
    'one that is computed',
    measured.replace('now(), "office"', 'now(), "of" + "fice"'),
    'error expression: the calendar is not named as it stands',
  ],
  [
    'a date in place of a time',
    measured.replace('begun, now()', 'today(), now()'),
    'error expression: working time(...) takes a date and time here',
  ],
  [
    'a computed column of a register',
    'process: p\nsteps: [{ id: a, end: b }]\n',
    'error expression: no calendar is known where a row is read',
    'register: r\nkey: a\ncolumns: { a: { type: string }, at: { type: string, format: date-time } }\ncomputed: { t: "=working time(at, now(), \\"office\\")" }\n',
  ],
])('[L18.3] refuses %s', (_, process, message, ...more) => {
  expect(compile(process, ...more).findings.map(formatFinding)).toEqual(expect.arrayContaining([expect.stringContaining(message)]));
});
