import { Checker } from '../../engine/analyse/check';
import { formatFinding } from '../../engine/language/finding';
import { ports } from './definition-files';

const base = `process: sale
variables: { salesman: { type: string } }
locked:
  - { id: paidFirst, before: release, needs: paid, reason: { zh: 先款后车, en: No car unpaid } }
  - { id: approvedFirst, before: release, needs: review, outcome: approve }
  - { id: byAnother, fourEyes: review }
start: [{ form: sale-form, roles: [clerk] }]
steps:
  - id: review
    userTask: { assign: { roles: [manager], exclude: [=salesman, =case.startedBy] }, outcomes: [approve, reject], due: { after: PT4H } }
  - { id: refused, if: '=review.outcome = "reject"', end: refused }
  - { id: paid, callActivity: { process: pay } }
  - { id: release, callActivity: { process: hand-out } }
  - { id: file, userTask: { assign: { roles: [clerk] } } }
`;
const others = [
  'form: sale-form\nschema: { type: object, properties: { salesman: { type: string } } }\n',
  'process: pay\nsteps: [{ id: bank, userTask: { assign: { roles: [clerk] } } }]\n',
  'process: hand-out\nsteps: [{ id: keys, userTask: { assign: { roles: [clerk] } } }]\n',
  'duty: selling\nprocesses: [sale]\n',
  'dealership: north\nduties: [selling]\nroles: { clerk: [a@north, b@north], manager: [c@north, d@north] }\n',
];

function check(change: string, process = base, ...more: string[]) {
  const overlay = `overlay: sale\nfor: { dealership: north }\nchange:\n${change}`;
  const files = [process, ...others, overlay, ...more].map((text, index) => ({ path: `${index}.yaml`, text }));
  return new Checker(ports).check(files).findings.filter(({ severity }) => severity === 'error');
}
const file = `${others.length + 1}.yaml`;
const lineOf = (index: number): RegExp => new RegExp(`^${file}:${index}:`, 'u');

describe('[L19.5] what is locked', () => {
  it.each([
    ['nothing at all', '  []'],
    [
      'other people and times',
      '  - { at: paid, merge: { title: 收款 } }\n  - { at: review, merge: { userTask: { due: { after: PT1H } } } }',
    ],
    ['the step by another name', '  - { at: paid, merge: { id: money } }'],
    ['the guarded step by another name', '  - { at: release, merge: { id: out } }'],
    ['a step between', '  - { after: review, insert: [{ id: look, userTask: { assign: { roles: [clerk] } } }] }'],
    ['a call of its own that does the same', '  - replace: paid\n    with: { id: money, callActivity: { process: pay } }'],
    [
      'all of it within a sub-process',
      '  - replace: paid\n    with: { id: around, subProcess: { steps: [{ id: inner, callActivity: { process: pay } }] } }',
    ],
    ['the guarded step gone for good', '  - { remove: release }'],
    [
      'one more who is excluded',
      '  - at: review\n    merge: { userTask: { assign: { exclude: [=salesman, =case.startedBy, "=\\"boss\\""] } } }',
    ],
  ])('is kept with %s', (_, change) => {
    expect(check(change).map(formatFinding)).toEqual([]);
  });

  const broken: [string, string, number, RegExp][] = [
    [
      'the step is taken away',
      '  - { remove: paid }',
      4,
      /"paidFirst" of "sale" is broken at "north": a case reaches "release" without "paid" completed \(it is gone\), after start, review = approve.*先款后车/u,
    ],
    [
      'a condition stands before it',
      '  - { at: file, merge: { title: x } }\n  - { at: paid, merge: { if: =salesman = "x" } }',
      5,
      /reaches "release" without "paid" completed, after start, review = approve/u,
    ],
    [
      'a way leads around it',
      '  - before: paid\n    insert: [{ id: around, if: =salesman = "x", scriptTask: { set: { salesman: "=null" } }, next: release }]',
      4,
      /"paidFirst"/u,
    ],
    [
      'both run beside each other',
      '  - remove: release\n  - replace: paid\n    with: { id: both, parallel: [{ id: one, do: [{ id: paid, callActivity: { process: pay } }] }, { id: two, do: [{ id: release, callActivity: { process: hand-out } }] }] }',
      5,
      /"paidFirst"/u,
    ],
    [
      'only its name is left',
      '  - replace: paid\n    with: { id: paid, scriptTask: { set: { salesman: "=null" } } }',
      4,
      /it is a scriptTask now, no callActivity/u,
    ],
    [
      'another step takes its name',
      '  - { at: paid, merge: { id: money, if: =salesman = "x" } }\n  - after: money\n    insert: [{ id: paid, scriptTask: { set: { salesman: "=null" } } }]',
      4,
      /without "money" completed/u,
    ],
    ['nobody waits for it', '  - { at: paid, merge: { callActivity: { detached: true } } }', 4, /it is detached now/u],
    [
      'it may be done no time at all',
      '  - { at: paid, merge: { forEach: { in: "=[]" } } }',
      4,
      /it is repeated now, and may be done no time at all/u,
    ],
    [
      'it calls something else',
      '  - { at: paid, merge: { callActivity: { process: hand-out } } }',
      4,
      /without "paid" completed \(it calls "hand-out" now/u,
    ],
    [
      'an error leads past it',
      '  - at: paid\n    merge: { boundary: [{ id: failed, error: {}, do: [{ id: note, userTask: { assign: { roles: [clerk] } } }] }] }',
      4,
      /error/u,
    ],
    [
      'a deadline leads past it',
      '  - at: paid\n    merge: { boundary: [{ id: late, timer: { after: P1D }, do: [] }] }',
      4,
      /after start, review = approve, timer of late/u,
    ],
    [
      'the guarded step is called elsewhere too',
      '  - before: paid\n    insert: [{ id: early, callActivity: { process: hand-out } }]',
      4,
      /"paidFirst".*reaches/u,
    ],
    [
      'a deadline approves',
      '  - at: review\n    merge: { userTask: { overdue: [{ id: self, after: PT1H, do: { decide: approve } }] } }',
      4,
      /"approvedFirst".*completed as "approve", after start, timer of review/u,
    ],
    [
      'nobody approves',
      '  - at: review\n    merge: { userTask: { assign: { ifNobody: { decide: approve } } } }',
      4,
      /"approvedFirst".*is completed now where nobody may do it/u,
    ],
    ['whoever rejects may go on', '  - { remove: refused }', 4, /"approvedFirst".*after start, review = reject/u],
    [
      'somebody is excluded no more',
      '  - at: review\n    merge: { userTask: { assign: { exclude: [=case.startedBy] } } }',
      4,
      /"byAnother".*"review" may be completed by whom "=salesman" names/u,
    ],
    ['nobody is excluded', '  - { at: review, merge: { userTask: { assign: { exclude: null } } } }', 4, /"byAnother"/u],
    [
      'who is excluded is overwritten',
      '  - before: review\n    insert: [{ id: tidy, scriptTask: { set: { salesman: "=null" } } }]',
      4,
      /"tidy" writes before "review" what its "exclude" reads/u,
    ],
    [
      'a program looks instead of a person',
      '  - { at: sale, merge: { variables: { seen: { type: boolean } } } }\n  - { remove: refused }\n  - replace: review\n    with: { id: review, scriptTask: { set: { seen: "=true" } } }',
      6,
      /"byAnother".*is a scriptTask now/u,
    ],
  ];
  it.each(broken)('is broken where %s', (_, change, line, message) => {
    const lines = check(change).map(formatFinding);
    expect(lines.join('\n')).toMatch(message);
    expect(lines.find((line) => message.test(line))).toMatch(lineOf(line));
  });
});
