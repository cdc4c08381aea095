import { compileDefinitions } from '../../engine/compile/compile';
import { formatFinding } from '../../engine/language/finding';
import type { CompiledReport } from '../../engine/report/report';
import { ports } from './definition-files';

const contracts = `register: contracts
key: number
columns:
  number: { type: string }
  salesman: { type: string, title: { zh: 销售员, en: Salesman } }
  signedOn: { type: string, format: date }
  at: { type: string, format: date-time }
  amount: { type: string, format: money, title: { zh: 金额, en: Amount } }
  received: { type: string, format: money }
  margin: { type: string, format: money, readers: [finance] }
  state: { type: string, enum: [open, paid], enumTitles: { open: { zh: 未付, en: Open } } }
  opens: { type: string, format: time }
computed:
  outstanding: =amount - received
  loud: =upper case(salesman)
  secret: =margin / amount
readers: [clerk, finance]
`;
const surroundings = [
  contracts,
  'calendar: office\nhours: { mon-fri: ["09:00-18:00"] }\n',
  'process: p\nsteps: [{ id: t, userTask: { assign: { roles: [clerk] } } }]\n',
  'dealership: tianhe\nduties: [d]\nroles: { clerk: [c@tianhe], finance: [f@tianhe] }\n',
];

function compile(report: string, ...more: string[]) {
  const id = /^report: (\S+)/u.exec(report)?.[1];
  const texts = [report, ...surroundings, `duty: d\nprocesses: [p]\nreports: [${id}]\n`, ...more];
  return compileDefinitions(
    texts.map((text, index) => ({ path: `${index + 1}.yaml`, text })),
    ports,
  );
}

const findingsOf = (report: string): string[] => compile(`report: r\n${report}`).findings.map(formatFinding);

function compiled(report: string, ...more: string[]): CompiledReport {
  const { findings, dealerships } = compile(`report: r\n${report}`, ...more);
  expect(findings.map(formatFinding)).toEqual([]);
  return dealerships['tianhe']?.reports['r'] as CompiledReport;
}

it('[L22.1] is of the dealership whose duty names it, with its register', () => {
  const { dealerships } = compile('report: r\nfrom: contracts\nmeasures: { rows: count }\n');
  expect(Object.keys(dealerships['tianhe']?.reports ?? {})).toEqual(['r']);
  expect(Object.keys(dealerships['tianhe']?.registers ?? {})).toEqual(['contracts']);
});

it('[L22.1] is there where a process runs it', () => {
  const runs = 'process: q\nsteps: [{ id: t, serviceTask: { connector: report.run, input: { report: r } } }]\n';
  const texts = ['report: r\nfrom: contracts\nmeasures: { rows: count }\n', ...surroundings, runs, 'duty: d\nprocesses: [p, q]\n'];
  const { dealerships, findings } = compileDefinitions(
    texts.map((text, index) => ({ path: `${index + 1}.yaml`, text })),
    ports,
  );
  expect(findings.map(formatFinding)).toEqual([]);
  expect(Object.keys(dealerships['tianhe']?.reports ?? {})).toEqual(['r']);
});

it('[L22.1] has titles and types of its columns, and another hash where it says something else', () => {
  const report = compiled(
    'from: contracts\ngroup: [salesman]\nmeasures: { total: { sum: amount }, paid: { sum: received }, rate: =paid / total }\n',
  );
  expect(report.groups.map(({ id, title, type }) => [id, title.zh, type])).toEqual([['salesman', '销售员', 'string']]);
  expect(report.measures.map(({ id, title, type }) => [id, title.zh, type])).toEqual([
    ['total', '金额', 'money'],
    ['paid', 'paid', 'money'],
    ['rate', 'rate', 'number'],
  ]);
  const made = compiled(
    'from: contracts\nmeasures: { a: { sum: amount }, b: { avg: amount }, c: { max: amount }, d: { max: salesman }, e: { avg: { workingTime: { from: at, to: at, calendar: office } } } }\n',
  );
  expect(made.measures.map(({ title, format }) => [title.zh, title.en, format])).toEqual([
    ['金额', 'Amount', undefined],
    ['平均金额', 'Amount (mean)', undefined],
    ['最大金额', 'Amount (most)', undefined],
    ['最晚销售员', 'Salesman (last)', undefined],
    ['e', 'e', 'hours'],
  ]);
  expect(compiled('from: contracts\ngroup: [salesman]\nmeasures: { total: { sum: received } }\n').hash).not.toBe(report.hash);
});

it('[L22.8] is read by those who see all that it uses, computed columns included', () => {
  const readersOf = (measure: string) => compiled(`from: contracts\nmeasures: { m: { sum: ${measure} } }\n`).readers;
  expect(readersOf('amount')).toEqual(['clerk', 'finance']);
  expect(readersOf('margin')).toEqual(['finance']);
  expect(readersOf('secret')).toEqual(['finance']);
});

it('[L22.1] is changed by overlays', () => {
  const overlay =
    'overlay: r\nfor: { dealership: tianhe }\nchange:\n  - at: total\n    merge: { title: { zh: 总额, en: All } }\n  - remove: rows\n';
  const report = compiled('from: contracts\nmeasures: { rows: count, total: { sum: amount } }\n', overlay);
  expect(report.measures.map(({ id, title }) => [id, title.zh])).toEqual([['total', '总额']]);
});

it('[L22.13] is written over a table, whatever registers there are, with its columns and the titles of its values', () => {
  const report = compiled(
    'from: { table: payments }\nperiod: { of: bookedOn, every: day }\ngroup: [bank, state]\nmeasures: { total: { sum: amount } }\nreaders: [finance]\n',
    'register: payments\nkey: n\ncolumns: { n: { type: string } }\n',
  );
  expect(report.from).toEqual({ kind: 'table', table: 'payments' });
  expect(report.measures[0]).toMatchObject({ type: 'money', title: { zh: '金额' } });
  expect(report.groups[1]?.valueTitles).toMatchObject({ booked: { zh: '已入账', en: 'Booked' } });
});

it('[L22.14] knows the titles of values where a column is shown as it stands', () => {
  const report = compiled(
    'from: contracts\ngroup: [state, { id: other, of: =state + "x" }]\nmeasures: { rows: count, last: { max: state } }\n',
  );
  const titles = { open: { zh: '未付', en: 'Open' } };
  expect([...report.groups, ...report.measures].map(({ valueTitles }) => valueTitles)).toEqual([titles, undefined, undefined, titles]);
});

it('[L22.12] has subtotals after each group but the last, or after those that are named', () => {
  const subtotalsOf = (text: string) =>
    compiled(`from: contracts\ngroup: [salesman, state, signedOn]\nmeasures: { rows: count }\n${text}`).subtotals;
  expect(subtotalsOf('subtotals: true\n')).toEqual([1, 2]);
  expect(subtotalsOf('subtotals: [state]\n')).toEqual([2]);
  expect(subtotalsOf('subtotals: false\n')).toBeUndefined();
});

it.each([
  [
    '22.12',
    'subtotals of one group',
    'from: contracts\ngroup: [salesman]\nmeasures: { rows: count }\nsubtotals: true',
    'missing-key: subtotals need two groups or more; add another group',
  ],
  ['22.12', 'subtotals of a list', 'from: contracts\ncolumns: [number]\nsubtotals: true', 'missing-key: subtotals need two groups or more'],
  [
    '22.12',
    'subtotals by what the rows are put together by last',
    'from: contracts\ngroup: [salesman, state]\nmeasures: { rows: count }\nsubtotals: [state]',
    'unknown-column: no rows are put together by "state" and more; write one of: salesman',
  ],
  ['22.13', 'a table that there is not', 'from: { table: payment }\nmeasures: { rows: count }\nreaders: [clerk]', 'wrong-value: '],
  [
    '22.13',
    'a table that is named as if it were a register',
    'from: vehicles\nmeasures: { rows: count }\nreaders: [clerk]',
    'unknown-register: there is no register "vehicles"; write "{ table: vehicles }" for the table',
  ],
  [
    '22.13',
    'a table that everybody would see',
    'from: { table: vehicles }\nmeasures: { rows: count }',
    'missing-key: a report over cases, tasks or a table says who reads it',
  ],
  [
    '22.1',
    'a register that there is not',
    'from: contract\nmeasures: { rows: count }',
    'unknown-register: there is no register "contract"; did you mean "contracts"?',
  ],
  ['22.1', 'nothing to count or list', 'from: contracts', 'one-of: the report says neither what to count nor what to list'],
  [
    '22.1',
    'groups without measures',
    'from: contracts\ngroup: [salesman]',
    'one-of: the report says neither what to count nor what to list',
  ],
  [
    '22.1',
    'counting and listing',
    'from: contracts\ncolumns: [number]\nmeasures: { rows: count }',
    'one-of: a report lists rows or counts them, not both',
  ],
  [
    '22.1',
    'a column that there is not',
    'from: contracts\ngroup: [salesmen]\nmeasures: { rows: count }',
    'unknown-column: there is no column "salesmen"; did you mean "salesman"?',
  ],
  [
    '22.1',
    'an id twice',
    'from: contracts\ngroup: [salesman]\nmeasures: { salesman: count }',
    'duplicate-id: two columns have the id "salesman"',
  ],
  [
    '22.1',
    'an order by what it does not show',
    'from: contracts\nmeasures: { rows: count }\nsort: [{ by: amount }]',
    'unknown-column: the report has no column "amount"',
  ],
  [
    '22.2',
    'a period of an amount',
    'from: contracts\nperiod: { of: amount, every: month }\nmeasures: { rows: count }',
    'expression-type: "amount" gives a value of the type "money"; write what gives a date',
  ],
  [
    '22.2',
    'weeks of a text',
    'from: contracts\ngroup: [{ id: w, of: salesman, every: week }]\nmeasures: { rows: count }',
    'expression-type: "salesman" gives a value of the type "string"',
  ],
  [
    '22.3',
    'a function that the database has not',
    'from: contracts\nfilter: =upper case(salesman) = "A"\nmeasures: { rows: count }',
    'report-not-computable: "upper case(salesman) = "A"" calls "upper case"',
  ],
  [
    '22.3',
    'such a computed column',
    'from: contracts\ngroup: [loud]\nmeasures: { rows: count }',
    'report-not-computable: "loud" calls "upper case"',
  ],
  [
    '22.3',
    'the order of a time of day',
    'from: contracts\nfilter: =opens > time("09:00:00")\nmeasures: { rows: count }',
    'report-not-computable: ',
  ],
  ['22.3', 'a condition that is a number', 'from: contracts\nfilter: =amount\nmeasures: { rows: count }', 'condition-type: '],
  [
    '22.4',
    'the sum of texts',
    'from: contracts\nmeasures: { m: { sum: salesman } }',
    'expression-type: "salesman" gives a value of the type "string"; write what gives a number',
  ],
  [
    '22.4',
    'two measures in one',
    'from: contracts\nmeasures: { m: { sum: amount, avg: amount } }',
    'one-of: "m" has "sum" and "avg" at once',
  ],
  [
    '22.4',
    'a measure that comes later',
    'from: contracts\nmeasures: { rate: =total / 2, total: { sum: amount } }',
    'expression: there is no "total" here',
  ],
  ['22.4', 'a column in place of a measure', 'from: contracts\nmeasures: { rate: =amount / 2 }', 'expression: there is no "amount" here'],
  [
    '22.4',
    'working time between days',
    'from: contracts\nmeasures: { m: { avg: { workingTime: { from: signedOn, to: at, calendar: office } } } }',
    'expression-type: "signedOn" gives a value of the type "date"',
  ],
  [
    '22.4',
    'a calendar that there is not',
    'from: contracts\nmeasures: { m: { avg: { workingTime: { from: at, to: at, calendar: ofice } } } }',
    'unknown-calendar: there is no calendar "ofice"; did you mean "office"?',
  ],
  [
    '22.5',
    'a comparison without periods',
    'from: contracts\nmeasures: { rows: count }\ncompare: [previousPeriod]',
    'missing-key: a comparison needs "period"',
  ],
  [
    '22.5',
    'a comparison of a list',
    'from: contracts\nperiod: { of: signedOn, every: day }\ncolumns: [number]\ncompare: [previousPeriod]',
    'missing-key: a comparison needs "measures"',
  ],
  [
    '22.8',
    'a reader who does not see a column',
    'from: contracts\nmeasures: { m: { sum: margin } }\nreaders: [finance, clerk]',
    'report-readers: the role "clerk" does not read column "margin"',
  ],
  [
    '22.8',
    'a reader who does not see the register',
    'from: contracts\nmeasures: { rows: count }\nreaders: [warehouse]',
    'report-readers: the role "warehouse" does not read register "contracts"',
  ],
  [
    '22.9',
    'cases that everybody would see',
    'from: cases\nmeasures: { rows: count }',
    'missing-key: a report over cases, tasks or a table says who reads it',
  ],
  [
    '22.9',
    'a column that tasks have not',
    'from: tasks\nfilter: =amount > 1\nmeasures: { rows: count }\nreaders: [clerk]',
    'expression: there is no "amount" here',
  ],
  [
    '22.10',
    'a chart of what it does not show',
    'from: contracts\nmeasures: { rows: count }\nchart: { bar: { category: salesman, values: [rows] } }',
    'unknown-column: the report has no column "salesman"',
  ],
  [
    '22.10',
    'a chart of texts',
    'from: contracts\ngroup: [salesman]\nmeasures: { m: { max: salesman } }\nchart: { bar: { category: salesman, values: [m] } }',
    'expression-type: "m" has no numbers to be drawn',
  ],
  [
    '22.10',
    'a pie of two',
    'from: contracts\ngroup: [salesman]\nmeasures: { a: count, b: { sum: amount } }\nchart: { pie: { category: salesman, values: [a, b] } }',
    'out-of-bounds: a pie shows one measure',
  ],
  ['22.1', 'a key that it does not know', 'from: contracts\nmesures: { rows: count }\nmeasures: { rows: count }', 'unknown-key: '],
])('[L%s] refuses %s', (_, __, report, message) => {
  const findings = findingsOf(report);
  expect(findings).toEqual(expect.arrayContaining([expect.stringContaining(`error ${message}`)]));
  expect(findings.length).toBe(1);
});

it('[L22.5] warns of groups that are others in each period', () => {
  const warned = (group: string, compare = 'compare: [previousYear]') =>
    compile(
      `report: r\nfrom: contracts\nperiod: { of: signedOn, every: month }\ngroup: [${group}]\nmeasures: { rows: count }\n${compare}\n`,
    ).findings.map(formatFinding);
  expect(warned('salesman, { id: week, of: signedOn, every: week }')).toEqual([
    expect.stringMatching(/^1.yaml:4:19: warning comparison-never-meets: the group "week" has other values in each period/u),
  ]);
  expect(warned('signedOn')).toEqual([expect.stringContaining('of: =signedOn.weekday')]);
  for (const group of ['{ id: year, of: signedOn, every: year }', '{ id: w, of: =signedOn.weekday }', '{ id: w, of: at, every: week }'])
    expect(warned(group)).toEqual([]);
  expect(warned('signedOn', '')).toEqual([]);
});

it('[L22.14] finds a title of a value that there is not', () => {
  const findings = (column: string) =>
    compileDefinitions([{ path: '1.yaml', text: `register: r\nkey: n\ncolumns:\n  n: { type: string, ${column} }\n` }], ports).findings.map(
      formatFinding,
    );
  expect(findings('enum: [paid], enumTitles: { payd: Paid }')).toEqual([
    '1.yaml:4:50: error value-misfit: "enum" does not list "payd"; did you mean "paid"?',
  ]);
  expect(findings('enumTitles: { paid: Paid }')).toEqual([expect.stringContaining('value-misfit: the column has no "enum"')]);
});

it('[L22.11] finds a report that there is not, and what such a connector does not take', () => {
  const findings = (input: string) =>
    compileDefinitions(
      [
        { path: '1.yaml', text: 'report: turnover\nfrom: cases\nmeasures: { rows: count }\nreaders: [clerk]\n' },
        { path: '2.yaml', text: `process: p\nsteps:\n  - { id: t, serviceTask: { connector: report.run, input: ${input} } }\n` },
      ],
      ports,
    ).findings.map(formatFinding);
  expect(findings('{ report: turnovr }')).toEqual([
    '2.yaml:3:69: error unknown-report: there is no report "turnovr"; did you mean "turnover"?',
  ]);
  expect(findings('{ report: turnover, corects: 1 }')).toEqual([expect.stringContaining('error unknown-input: ')]);
  expect(findings('{ report: turnover, date: =today() }')).toEqual([]);
});
