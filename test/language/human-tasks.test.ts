import type { UserTaskNode } from '../../engine/runtime/process-model';
import { findingsOf, modelOf, processAround } from './compile-steps';

const before = '- { id: first, userTask: { assign: { roles: [clerk] } } }\n';
const around = (more: string) => `${before}- id: a\n  userTask: ${more}\n- { id: last, userTask: { assign: { roles: [clerk] } } }\n`;
const taskOf = (more: string) => modelOf(around(more)).nodes['a'] as UserTaskNode;
const told = (more: string) => findingsOf(processAround(around(more)));
const roles = 'assign: { roles: [clerk] }';

describe('people and tasks', () => {
  it('[L16.1] [L16.2] who may not, who must, and who gets it', () => {
    expect(
      taskOf('{ assign: { roles: [clerk], notSameAs: [first], familiar: a, distribute: shortestQueue, ifNobody: complete } }').assign,
    ).toEqual({
      roles: ['clerk'],
      users: [],
      exclude: [],
      notSameAs: ['first'],
      familiar: 'a',
      distribute: 'shortestQueue',
      ifNobody: { kind: 'outcome', outcome: null },
    });
    expect(taskOf('{ assign: { roles: [clerk], sameAs: first, ifNobody: { roles: [finance], users: [x@test] } } }').assign).toMatchObject({
      sameAs: 'first',
      ifNobody: { kind: 'assign', roles: ['finance'], users: [{ text: '"x@test"' }] },
    });
    expect(taskOf('{ assign: { roles: [clerk], ifNobody: { decide: no } }, outcomes: [yes, no] }').assign.ifNobody).toEqual({
      kind: 'outcome',
      outcome: 'no',
    });
  });

  it('[L16.4] [L16.5] a task that is done several times is neither sent back to nor taken back', () => {
    const people = 'assign: { roles: [clerk] }';
    const steps = (rule: string) =>
      `- { id: once, userTask: { ${people} } }\n- { id: each, ${rule}, userTask: { ${people}, withdraw: untilNextBegun } }\n- { id: judge, userTask: { ${people}, mayReturnTo: [each] } }\n`;
    for (const rule of ['forEach: { count: 2 }', 'repeat: { until: =loopCounter > 1 }']) {
      expect(findingsOf(processAround(steps(rule)))).toEqual([
        expect.stringContaining('error misplaced-key: "each" is done several times, each of which ends for itself: none can be taken back'),
        expect.stringContaining(
          'error return-target: "judge" cannot be sent back to "each", which is done several times; name a user task',
        ),
      ]);
    }
  });

  it('[L16.3] a vote, with its defaults and in full', () => {
    expect(taskOf(`{ ${roles}, outcomes: [yes, no], signing: { mode: vote, share: 0.5 } }`).signing).toEqual({
      mode: 'vote',
      share: '0.5',
      of: 'signers',
      early: true,
      tie: 'disagree',
      samePerson: 'each',
    });
    const full =
      '{ mode: vote, share: 0.6, of: votes, weights: { finance: 2 }, veto: [finance], early: false, tie: yes, samePerson: once }';
    expect(taskOf(`{ ${roles}, outcomes: [yes, no], signing: ${full} }`).signing).toEqual({
      mode: 'vote',
      share: '0.6',
      of: 'votes',
      weights: { finance: 2 },
      veto: ['finance'],
      early: false,
      tie: 'agree',
      samePerson: 'once',
    });
    expect(taskOf(`{ ${roles}, signing: { mode: sequential } }`).signing).toMatchObject({ mode: 'sequential', early: true });
  });

  it('[L16.3] the result has the signatures', () => {
    const steps = `- id: a\n  userTask: { ${roles}, outcomes: [yes, no], signing: { mode: all } }\n- { id: w, waitFor: '=count(a.signatures[outcome = "no"]) > 0' }\n`;
    expect(modelOf(steps).variables['a']?.type).toMatchObject({
      properties: { outcome: { kind: 'string' }, signatures: { kind: 'list' } },
    });
  });

  it('[L16.4] where it may be sent back to', () => {
    expect(taskOf(`{ ${roles}, mayReturnTo: [first] }`).return).toEqual({
      to: ['first'],
      after: 'again',
      effects: 'refuse',
      maximum: 10,
      signing: 'all',
    });
    const all = 'mayReturnTo: [first], afterReturn: straightBack, returnEffects: compensate, maxReturns: 2, returnInSigning: mine';
    expect(taskOf(`{ ${roles}, ${all} }`).return).toEqual({
      to: ['first'],
      after: 'straightBack',
      effects: 'compensate',
      maximum: 2,
      signing: 'mine',
    });
  });

  it('[L16.4] from inside of a sub-process', () => {
    const model = modelOf(`${before}- { id: s, subProcess: { steps: [{ id: a, userTask: { ${roles}, mayReturnTo: [first] } }] } }\n`);
    expect((model.nodes['a'] as UserTaskNode).return?.to).toEqual(['first']);
  });

  it('[L16.5] what people may do besides', () => {
    const keys =
      'withdraw: untilNextBegun, mayAddSigners: [after, before], copy: { roles: [finance] }, urgeEvery: PT2H, mayDelegate: false, mayTransfer: true';
    expect(taskOf(`{ ${roles}, ${keys} }`)).toMatchObject({
      withdraw: 'untilNextBegun',
      mayAddSigners: ['after', 'before'],
      copy: { roles: ['finance'], users: [] },
      urgeEvery: 'PT2H',
      mayDelegate: false,
      mayTransfer: true,
    });
  });

  it('[L4.3] [L4.4] follow-ups, business days and decisions after the due date', () => {
    const due = 'due: { after: PT4H, calendar: office }, followUp: { after: P1D }';
    const task = taskOf(`{ ${roles}, outcomes: [yes, no], ${due}, overdue: [{ id: x, after: { businessDays: 1 }, do: { decide: no } }] }`);
    expect(task).toMatchObject({ due: { after: 'PT4H', calendar: 'office' }, followUp: { after: 'P1D' } });
    expect(task.overdue).toEqual([{ id: 'x', after: { businessDays: 1 }, times: 1, action: { kind: 'decide', outcome: 'no' } }]);
    expect(taskOf(`{ ${roles}, ${due}, overdue: [{ id: x, after: P1D, do: complete }] }`).overdue[0]?.action).toEqual({
      kind: 'decide',
      outcome: null,
    });
  });
});

describe('what a slip about people is told', () => {
  it.each([
    ['L16.1', '{ assign: { roles: [clerk], notSameAs: [frist] } }', 'error unknown-step: there is no step "frist"; did you mean "first"?'],
    ['L16.1', '{ assign: { roles: [clerk], sameAs: a } }', 'error wrong-step: "a" is not another user task'],
    [
      'L16.2',
      '{ assign: { roles: [clerk], ifNobody: { decide: yes } } }',
      'error unknown-outcome: the task has no outcome "yes"; add it under "outcomes"',
    ],
    [
      'L16.2',
      `{ assign: { roles: [clerk], ifNobody: complete }, outcomes: [yes] }`,
      'error outcome-missing: the task is completed with an outcome; write { decide: yes }',
    ],
    ['L16.3', `{ ${roles}, signing: { mode: vote, share: 0.5 } }`, 'error vote-without-outcomes: there is nothing to vote on'],
    [
      'L16.3',
      `{ ${roles}, outcomes: [yes, no], signing: { mode: vote } }`,
      'error vote-without-share: it is not said how many votes have to agree',
    ],
    [
      'L16.3',
      `{ ${roles}, outcomes: [yes, no], signing: { mode: all, share: 0.5 } }`,
      'error misplaced-key: only in a vote is there a "share"',
    ],
    [
      'L16.3',
      `{ ${roles}, outcomes: [yes, no], signing: { mode: vote, share: 0.5, tie: maybe } }`,
      'error unknown-outcome: the task has no outcome "maybe"; write one of: yes, no',
    ],
    [
      'L16.4',
      `{ ${roles}, mayReturnTo: [last] }`,
      'error return-target: "a" cannot be sent back to "last", which is never done before it; name a user task that comes before it: "first"',
    ],
    [
      'L16.4',
      `{ ${roles}, maxReturns: 2 }`,
      'error misplaced-key: it is not said where the task may be sent back to; add "mayReturnTo: [<step>]"',
    ],
    [
      'L16.4',
      `{ ${roles}, mayReturnTo: [first], returnInSigning: mine }`,
      'error return-in-signing: one signature waits only for a task that comes straight back',
    ],
    [
      'L4.4',
      `{ ${roles}, outcomes: [yes], due: { after: P1D }, overdue: [{ id: x, after: P1D, do: { decide: no } }] }`,
      'error unknown-outcome: the task has no outcome "no"',
    ],
    [
      'L4.4',
      `{ ${roles}, due: { after: P1D }, overdue: [{ id: x, after: { businessDays: 1 }, do: urge }] }`,
      'error calendar-missing: business days are those of a calendar, and none is named',
    ],
  ])('[%s] %s', (_, task, message) => {
    expect(told(task).filter((line) => line.includes(message))).toHaveLength(1);
  });
});
