import { Play } from './play';

const TASK = 'userTask: { assign: { roles: [clerk] } }';

describe('[L4.12] [L3.5] operations deep inside', () => {
  it('returns out of one instance of a sub-process to a task before it: all instances are withdrawn', () => {
    const play = new Play(`process: deep
steps:
  - { id: write, ${TASK} }
  - id: each
    forEach: { count: 2 }
    subProcess:
      steps:
        - { id: first, ${TASK} }
        - id: check
          userTask: { assign: { roles: [clerk] }, mayReturnTo: [first, write] }
  - { id: last, ${TASK} }
`).do('write', 'first', 'first');
    expect(play.open).toBe('check check');
    const back = (target: string) => {
      const actor = { user: 'boss@test', roles: ['clerk'] };
      const taskKey = play.simulator.tasksOf('check')[0]?.key ?? '';
      return play.simulator.apply({ type: 'returnTask', actor, taskKey, target, reason: null })?.code;
    };
    expect(back('first')).toBeUndefined();
    expect(play.open).toBe('check first');
    expect(back('write')).toBeUndefined();
    expect(play.open).toBe('write');
    play.do('write', 'first', 'first', 'check', 'check', 'last');
    expect(play.status).toBe('completed completed');
  });

  it('an error in one instance of a repeated sub-process ends all of them', () => {
    const play = new Play(`process: deep
steps:
  - id: each
    forEach: { count: 3 }
    subProcess:
      steps:
        - { id: A, ${TASK} }
        - { id: fail, if: =loopCounter = 2, throw: { error: { code: bad } } }
    boundary:
      - { id: caught, error: { code: bad }, result: problem, do: [{ id: H, ${TASK} }] }
`).do('A');
    expect(play.open).toBe('A A');
    expect(play.do('A').open).toBe('H');
    expect(play.variable('problem')).toEqual({ code: 'bad', message: 'bad' });
    expect(play.do('H').status).toBe('completed completed');
  });

  it('undoes each instance of a repeated activity with its own values, the latest first', () => {
    const play = new Play(`process: deep
variables: { undone: { type: array, items: { type: string }, default: [] } }
steps:
  - id: book
    forEach: { in: [x, y, z], as: hotel, mode: sequential }
    task: {}
    compensate: { id: unbook, scriptTask: { set: { undone: '=append(undone, hotel)' } } }
  - { id: undo, throw: { compensation: book } }
  - { id: Z, ${TASK} }
`);
    expect(play.open).toBe('Z');
    expect(play.variable('undone')).toEqual(['z', 'y', 'x']);
  });

  it('undoes a repeated sub-process by what was done in each of its instances', () => {
    const play = new Play(`process: deep
variables: { undone: { type: array, items: { type: string }, default: [] } }
steps:
  - id: trip
    forEach: { in: [x, y], as: city }
    subProcess:
      steps:
        - id: book
          task: {}
          compensate: { id: unbook, scriptTask: { set: { undone: '=append(undone, city)' } } }
  - { id: undo, throw: { compensation: true } }
  - { id: Z, ${TASK} }
`);
    expect([play.open, play.incidents]).toEqual(['Z', '']);
    expect(play.variable('undone')).toEqual(['y', 'x']);
  });

  it('what was completed in a sub-process that was interrupted cannot be undone from outside', () => {
    const play = new Play(`process: deep
steps:
  - id: sub
    subProcess:
      steps:
        - { id: A, ${TASK}, compensate: { id: UA, ${TASK} } }
        - { id: fail, throw: { error: { code: bad } } }
    boundary: [{ id: caught, error: {} }]
  - { id: undo, throw: { compensation: true } }
  - { id: Z, ${TASK} }
`).do('A');
    expect(play.open).toBe('Z');
  });

  it('an event sub-process undoes what was completed in the scope around it', () => {
    const play = new Play(`process: deep
steps:
  - id: sub
    subProcess:
      steps:
        - { id: A, ${TASK}, compensate: { id: UA, ${TASK} } }
        - { id: fail, throw: { error: { code: bad } } }
      eventSubProcesses:
        - { id: caught, error: {}, steps: [{ id: undo, throw: { compensation: true } }, { id: told, ${TASK} }] }
  - { id: Z, ${TASK} }
`).do('A');
    expect(play.open).toBe('UA');
    expect(play.do('UA').open).toBe('told');
    expect(play.do('told').open).toBe('Z');
  });

  it('a sub-process is undone by its event sub-process for compensation, with its variables as they were', () => {
    const play = new Play(`process: deep
variables: { kept: { type: string } }
steps:
  - id: sub
    subProcess:
      variables: { place: { type: string } }
      steps:
        - { id: A, scriptTask: { set: { place: here } } }
      eventSubProcesses:
        - { id: undoing, compensation: true, steps: [{ id: U, ${TASK} }, { id: keep, scriptTask: { set: { kept: =place } } }] }
  - { id: undo, throw: { compensation: sub } }
  - { id: Z, ${TASK} }
`);
    expect(play.open).toBe('U');
    expect(play.do('U').open).toBe('Z');
    expect(play.variable('kept')).toBe('here');
  });

  it('a boundary timer of a repeated activity is armed once; taking it leaves nothing behind', () => {
    const play = new Play(`process: deep
steps:
  - id: each
    forEach: { count: 3 }
    ${TASK}
    boundary: [{ id: late, timer: { after: PT1H }, do: [{ id: H, ${TASK} }] }]
`);
    expect(Object.keys(play.simulator.state.timers)).toHaveLength(1);
    expect(play.do('each').wait(3_600_000).open).toBe('H');
    expect(play.do('H').status).toBe('completed completed');
    const { scopes: _scopes, done: _done, ...rest } = play.simulator.state;
    expect(rest).toMatchObject({ tokens: {}, tasks: {}, timers: {}, signings: {}, undoables: {} });
  });

  it('names are looked up from the inside out, and set where they belong', () => {
    const play = new Play(`process: deep
variables: { n: { type: integer, default: 1 }, out: { type: integer } }
steps:
  - id: sub
    subProcess:
      variables: { n: { type: integer, default: 10 } }
      steps:
        - { id: inner, scriptTask: { set: { n: =n + 1, out: =n } } }
  - { id: after, scriptTask: { set: { n: =n + out } } }
  - { id: Z, ${TASK} }
`);
    expect([play.variable('n'), play.variable('out')]).toEqual([12, 11]);
  });

  it('a failed condition after a task stops the way on, not the task', () => {
    const play = new Play(`process: deep
additionalVariables: true
nodes:
  - { id: A, ${TASK} }
  - { id: B, ${TASK} }
flows: [{ from: A, to: B, when: =good }]
`).do('A');
    expect([play.open, play.incidents]).toEqual(['', 'A: expression-failed']);
    const [incident] = Object.values(play.simulator.state.incidents);
    const actor = { user: 'boss@test', roles: [] };
    const refusal = play.simulator.apply({ type: 'resolveIncident', actor, incidentKey: incident?.key ?? '', variables: { good: true } });
    expect([refusal, play.open, play.ran('A')]).toEqual([undefined, 'B', 1]);
  });

  it('a transaction in one instance that is canceled leaves with all of them', () => {
    const play = new Play(`process: deep
steps:
  - id: each
    forEach: { count: 2 }
    subProcess:
      transaction: true
      steps:
        - { id: A, ${TASK}, compensate: { id: UA, ${TASK} } }
        - { id: no, end: no, cancel: true }
    boundary: [{ id: canceled, cancel: true, do: [{ id: H, ${TASK} }] }]
`).do('A');
    expect(play.open).toBe('A UA');
    expect(play.do('UA').open).toBe('H');
  });

  it('calls itself up to the limit, and stops there visibly', () => {
    const play = new Play(
      `process: deep
variables: { depth: { type: integer } }
steps:
  - { id: body, scriptTask: { set: { depth: =depth - 1 } } }
  - { id: again, if: =depth > 0, callActivity: { process: deep, input: { depth: =depth } } }
`,
      { depth: 3 },
    );
    expect([play.status, play.ran('body')]).toEqual(['completed completed', 3]);
    const endless = new Play(
      `process: deep
variables: { depth: { type: integer } }
steps:
  - { id: again, callActivity: { process: deep, input: { depth: =depth } } }
`,
      { depth: 3 },
    );
    expect([endless.status, endless.incidents]).toEqual(['active', 'again: call-too-deep']);
  });
});

describe('[L3.2] [L5.2] [L5.3] jumps back to a fork', () => {
  it.each([
    ['parallel', ''],
    ['inclusive', ''],
    ['parallel', '    join: { need: 2, rest: ignore }\n'],
  ])('%s: it forks anew, and waits for nothing', (kind, join) => {
    const play = new Play(`process: again
steps:
  - id: fork
${join}    ${kind}:
      - { id: left, do: [{ id: A, ${TASK} }] }
      - { id: right, do: [{ id: B, ${TASK} }] }
  - { id: D, userTask: { assign: { roles: [clerk] }, outcomes: [done, again] } }
  - { id: turn, if: =D.outcome = "again", task: {}, next: fork }
`);
    for (const outcome of ['again', 'again', 'done']) {
      expect(play.open).toBe('A B');
      play.do('A', 'B').complete('D', {}, outcome);
    }
    expect(play.status).toBe('completed completed');
  });
});
