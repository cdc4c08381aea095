import { Checker } from '../../engine/analyse/check';
import { ports } from '../language/definition-files';

const files: Record<string, string> = {
  'slip.yaml': 'form: slip\nschema: { type: object, required: [text], properties: { text: { type: string } } }\n',
  'note.yaml': `process: note
start: [{ form: slip, roles: [clerk], result: slip }]
variables: { day: { type: string, format: date } }
steps:
  - { id: read, if: '=day != null', userTask: { assign: { roles: [clerk] } } }
`,
  'cars.yaml': `register: cars
key: vin
columns: { vin: { type: string }, status: { type: string, enum: [stock, sold] }, soldOn: { type: string, format: date } }
readers: [clerk]
`,
  'sales.yaml': `report: sales
from: cars
period: { of: soldOn, every: day }
filter: =status = "sold"
columns: [vin, status]
readers: [clerk]
`,
  'office.yaml': 'calendar: office\nhours: { mon-fri: ["09:00-18:00"] }\nopen: { days: mon-fri }\n',
  'desk.yaml': `duty: desk
processes: [note]
registers: [cars]
reports: [sales]
schedules:
  - { id: daily, start: note, at: "08:00", days: open, calendar: office, missed: record, variables: { day: =date } }
`,
  'house.yaml': `dealership: house
duties: [desk]
timezone: Asia/Shanghai
roles: { clerk: [a@house] }
settings: { transport: { priceCeiling: "1800.00" } }
`,
  'plays.yaml': `scenario: it is read
process: note
dealership: house
start: { slip: { text: x } }
steps:
  - expect: { tasks: [] }
`,
};
const checker = new Checker(ports);

/** What a check finds when one text is replaced in one of the files. */
function told(path: string, right: string, wrong: string): string[] {
  const changed = (files[path] ?? '').replace(right, wrong);
  if (right !== '' && changed === files[path]) throw new Error(`"${right}" does not stand in ${path}`);
  const all = Object.entries({ ...files, [path]: changed }).map(([name, text]) => ({ path: name, text }));
  const { findings } = checker.check(all, { nowMs: Date.UTC(2026, 2, 2) });
  return findings.map(({ file, line, severity, rule, message, remedy }) => `${file}:${line} ${severity} ${rule}: ${message}; ${remedy}`);
}

describe('a slip of the pen in one document is one finding, there', () => {
  it('[L1.3] and without any there is none', () => {
    expect(told('house.yaml', '', '')).toEqual([]);
  });

  it.each([
    [
      'L21.1',
      'cars.yaml',
      'readers: [clerk]',
      'readers: [clrek]',
      /^cars.yaml:4 warning unknown-role: no dealership has the role "clrek"; did you mean "clerk"\?$/u,
    ],
    [
      'L22.1',
      'sales.yaml',
      '"sold"',
      '"sould"',
      /^sales.yaml:4 warning value-never-given: "status" is never "sould"; did you mean "sold"\?$/u,
    ],
    [
      'L22.1',
      'sales.yaml',
      'readers: [clerk]',
      'readers: [clrk]',
      /^sales.yaml:6 error report-readers: the role "clrk" does not read register "cars", which the report uses; did you mean "clerk"\?$/u,
    ],
    [
      'L23.1',
      'desk.yaml',
      '{ day: =date }',
      '{ dya: =date }',
      /^desk.yaml:6 error unknown-variable: process "note" has no variable "dya"; did you mean "day"\?$/u,
    ],
    [
      'L23.1',
      'desk.yaml',
      '"08:00"',
      '"8:00"',
      /^desk.yaml:6 error wrong-form: "8:00" cannot stand here; write a time of day in quotes, for example "07:00"$/u,
    ],
    [
      'L8',
      'desk.yaml',
      'processes: [note]',
      'processes: [notes]',
      /^desk.yaml:2 error unknown-process: there is no process "notes"; did you mean "note"\?$/u,
    ],
    [
      'L8',
      'desk.yaml',
      'processes:',
      'proceses:',
      /^desk.yaml:2 error unknown-key: the key "proceses" is unknown here; did you mean "processes"\?$/u,
    ],
    [
      'L9.1',
      'house.yaml',
      'duties: [desk]',
      'duties: [dsk]',
      /^house.yaml:2 error unknown-duty: there is no duty "dsk"; did you mean "desk"\?$/u,
    ],
    ['L9.1', 'house.yaml', 'clerk: [a@house]', 'clerk: a@house', /^house.yaml:4 error wrong-type: "clerk" is the text "a@house"; /u],
    [
      'L9.1',
      'house.yaml',
      'settings:',
      'setings:',
      /^house.yaml:5 error unknown-key: the key "setings" is unknown here; did you mean "settings"\?$/u,
    ],
    [
      'L13.2',
      'office.yaml',
      'hours: { mon-fri:',
      'hours: { mon-fry:',
      /^office.yaml:2 error wrong-form: the key "mon-fry" cannot stand here; /u,
    ],
  ])('[%s] %s: %s becomes %s', (_, path, right, wrong, expected) => {
    const findings = told(path, right, wrong);
    expect(findings.filter((one) => expected.test(one))).toHaveLength(1);
    expect(findings.filter((one) => one.startsWith('plays.yaml'))).toEqual([]);
  });

  it('[L10.1] a scenario names a dealership that is not there', () => {
    expect(told('plays.yaml', 'dealership: house', 'dealership: huose')).toEqual([
      expect.stringContaining('plays.yaml:3 error unknown-dealership: there is no dealership "huose"'),
    ]);
  });

  it('[L10.1] a scenario begins with a variable that is not there', () => {
    expect(told('plays.yaml', 'start: { slip:', 'start: { slpi:')).toEqual([
      'plays.yaml:4 error unknown-variable: process "note" has no variable "slpi"; did you mean "slip"?',
    ]);
  });

  it('[L6.6] what is set while an event comes once more is not said to be never true', () => {
    const text = `process: again
variables: { busy: { type: boolean, default: false } }
start: [{ form: slip, roles: [clerk], result: slip }]
steps:
  - id: work
    userTask: { assign: { roles: [clerk] } }
    boundary:
      - id: moved
        message: { name: moved, key: =case.key }
        interrupting: false
        do:
          - { id: which, exclusive: [{ id: already, when: =busy, do: [{ id: stop, end: told }] }, { id: begin, default: true }] }
          - { id: set, scriptTask: { set: { busy: true } } }
          - { id: tell, userTask: { assign: { roles: [clerk] } } }
          - { id: over, scriptTask: { set: { busy: false } } }
`;
    const { findings } = checker.check(
      [...Object.entries(files), ['again.yaml', text] as const].map(([path, one]) => ({ path, text: one })),
    );
    expect(findings).toEqual([]);
  });
});
