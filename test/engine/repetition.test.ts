import { BOSS, drawn, Play, TASK, tasks } from './play';

describe('[L3.5] [L3.6] [L3.7] [L17.9] repetition', () => {
  const each = (rule: string, more = '') =>
    `process: each\nvariables: { items: { type: array, items: { type: string } }, n: { type: integer }, got: { type: array } }\nsteps:\n  - id: A\n    forEach: { ${rule} }\n    ${TASK}\n${more}  - { id: Z, ${TASK} }\n`;

  it('parallel instances; instances come and go while it runs', () => {
    const play = new Play(each('in: =items, as: item, mode: parallel, collect: { got: =item }'), { items: ['x', 'y'] });
    expect(play.open).toBe('A A');
    const add = { type: 'addInstance', actor: BOSS, elementId: 'A', item: 'z' } as const;
    expect(play.simulator.apply(add)).toBeUndefined();
    expect(play.open).toBe('A A A');
    expect(play.simulator.apply({ type: 'removeInstance', actor: add.actor, elementId: 'A', index: 2 })).toBeUndefined();
    expect(play.open).toBe('A A');
    play.do('A', 'A');
    expect([play.open, play.variable('got')]).toEqual(['Z', ['x', 'z']]);
    expect(play.simulator.apply(add)?.code).toBe('activity-not-found');
  });

  it('sequential instances, an empty list, a count', () => {
    const text = each('in: =items, as: item, mode: sequential, collect: { got: =item + "!" }');
    const play = new Play(text, { items: ['x', 'y'] });
    expect(play.do('A').open).toBe('A');
    expect(play.do('A').open).toBe('Z');
    expect(play.variable('got')).toEqual(['x!', 'y!']);
    const none = new Play(text, { items: [] });
    expect([none.open, none.variable('got')]).toEqual(['Z', []]);
    expect(new Play(each('count: 3, mode: parallel')).open).toBe('A A A');
  });

  it('until ends it early; the rest is withdrawn, or goes on without effect', () => {
    const until = 'until: =numberOfCompletedInstances >= 2';
    const play = new Play(each(`count: 3, mode: parallel, ${until}`)).do('A');
    expect(play.open).toBe('A A');
    expect(play.do('A').open).toBe('Z');
    const going = new Play(each(`count: 3, mode: parallel, rest: ignore, ${until}`)).do('A', 'A');
    expect(going.open).toBe('A Z');
    expect(going.do('Z').status).toBe('active');
    expect(going.do('A').status).toBe('completed completed');
    expect(going.ran('Z')).toBe(1);
  });

  it('what goes on without effect is not collected any more', () => {
    const text = each('in: =items, as: item, until: =numberOfCompletedInstances >= 2, rest: ignore, collect: { got: =item }');
    const play = new Play(text, { items: ['x', 'y', 'z'] }).do('A', 'A', 'A');
    expect([play.open, play.variable('got')]).toEqual(['Z', ['x', 'y']]);
  });

  it('ended by hand it goes on normally; by a boundary event, the other way', () => {
    const boundary = `    boundary:\n      - { id: stop, message: { name: stop, key: '="k"' }, do: [{ id: H, ${TASK} }] }\n`;
    const text = each('count: 3, mode: parallel', boundary);
    const play = new Play(text).do('A');
    expect(play.simulator.apply({ type: 'completeActivity', actor: { user: 'u', roles: [] }, elementId: 'A' })).toBeUndefined();
    expect(play.open).toBe('Z');
    const stopped = new Play(text).do('A');
    stopped.message('stop', 'k');
    expect(stopped.open).toBe('H');
  });

  it('a loop before and after its condition, with a maximum', () => {
    const loop = (rule: string) =>
      `process: loop\nvariables: { n: { type: integer, default: 0 } }\nsteps:\n  - id: A\n    repeat: { ${rule} }\n    scriptTask: { set: { n: =n + 1 } }\n  - { id: Z, ${TASK} }\n`;
    const before = new Play(loop('while: =n < 3, test: before, max: 10'));
    expect([before.ran('A'), before.open]).toEqual([3, 'Z']);
    expect(new Play(loop('while: =n < 0, test: before, max: 10')).ran('A')).toBe(0);
    expect(new Play(loop('until: =n >= 1, test: after, max: 10')).ran('A')).toBe(1);
    expect(new Play(loop('while: =true, test: before, max: 4')).incidents).toBe('A: too-many-instances');
  });
});

describe('[L3.9] [L3.10] [L4.14] [L17.10] sections, milestones, ad hoc', () => {
  it('a critical section lets one in at a time', () => {
    const sub = (id: string, task: string) =>
      `          - id: ${id}\n            mutex: desk\n            subProcess: { steps: [{ id: ${task}, ${TASK} }] }\n`;
    const play = new Play(
      `process: section\nsteps:\n  - id: both\n    parallel:\n      - id: l\n        do:\n${sub('S1', 'A')}      - id: r\n        do:\n${sub('S2', 'B')}`,
    );
    expect(play.open).toBe('A');
    expect(play.do('A').open).toBe('B');
    expect(play.do('B').status).toBe('completed completed');
  });

  it('people see tasks of a section side by side; who takes one up locks the others', () => {
    const play = new Play(
      `process: section\nsteps:\n  - id: both\n    parallel:\n      - { id: l, do: [{ id: A, mutex: desk, ${TASK} }] }\n      - { id: r, do: [{ id: B, mutex: desk, ${TASK} }] }\n`,
    );
    const claim = (step: string) => {
      const [task] = play.simulator.tasksOf(step);
      const actor = { user: 'boss@test', roles: ['clerk'] };
      return play.simulator.apply({
        type: 'assignTask',
        actor,
        taskKey: task?.key ?? '',
        assignee: actor.user,
        assigneeRoles: ['clerk'],
        allowOverride: false,
      })?.code;
    };
    expect([play.open, claim('A'), claim('B')]).toEqual(['A B', undefined, 'task-locked']);
    expect(play.simulator.complete('B', { user: 'boss@test', roles: ['clerk'] })?.code).toBe('task-locked');
    play.do('A', 'B');
    expect(play.status).toBe('completed completed');
  });

  it('a milestone offers its step while it is true', () => {
    const text = `process: milestone\nsteps:\n  - id: both\n    parallel:\n      - { id: l, do: [{ id: A, ${TASK} }, { id: C, ${TASK} }] }\n      - { id: r, do: [{ id: B, milestone: '=A != null and C = null', ${TASK} }] }\n`;
    const play = new Play(text);
    expect(play.open).toBe('A');
    expect(play.do('A').open).toBe('B C');
    const passed = play.do('C');
    expect([passed.open, passed.status, passed.ran('B')]).toEqual(['', 'completed completed', 0]);
  });

  it('an ad-hoc sub-process: steps as people see fit, until it is done', () => {
    const text = `process: adhoc\nvariables: { done: { type: boolean, default: false } }\nsteps:\n  - id: room\n    subProcess:\n      adHoc: { ordering: parallel, activate: byHand, until: =done, cancelRemaining: true }\n      steps: []\n      nodes: []\n`;
    expect(text).toContain('adHoc');
    const play = new Play(
      drawn(
        `
  - { id: s, startEvent: {} }
  - id: room
    subProcess:
      adHoc: { ordering: parallel, activate: byHand, until: =done }
      nodes:
${tasks('A', 'B').replace(/^ {2}/gmu, '        ')}
      flows: []
${tasks('Z')}`,
        's -> room; room -> Z',
        'variables: { done: { type: boolean, default: false } }\n',
      ),
    );
    const start = (elementId: string) => play.simulator.apply({ type: 'startAdHocStep', actor: { user: 'u', roles: [] }, elementId })?.code;
    expect([play.open, start('A'), start('A'), start('Q')]).toEqual(['', undefined, undefined, 'activity-not-found']);
    expect(play.do('A').open).toBe('A');
    play.set({ done: true });
    expect(play.do('A').open).toBe('Z');
  });

  it('sequential: all are offered, one at a time is done', () => {
    const play = new Play(
      drawn(
        `
  - { id: s, startEvent: {} }
  - id: room
    subProcess:
      adHoc: { ordering: sequential, activate: all }
      nodes:
${tasks('A', 'B', 'C').replace(/^ {2}/gmu, '        ')}
      flows: [{ from: A, to: B }]
${tasks('Z')}`,
        's -> room; room -> Z',
      ),
    );
    expect(play.open).toBe('A C');
    expect(play.do('A').open).toBe('B C');
    expect(play.do('C', 'B').open).toBe('Z');
  });
});

describe('[L15.4] [L6.7] links, signals, messages', () => {
  it('a link leads to its target', () => {
    const play = new Play(
      drawn(
        `
  - { id: s, startEvent: {} }
  - { id: out, throwEvent: { link: L } }
  - { id: in, catchEvent: { link: L } }
${tasks('A')}`,
        's -> out; in -> A',
      ),
    );
    expect(play.open).toBe('A');
  });

  it('a signal of the case reaches what waits for it in the case, and the host', () => {
    const play = new Play(
      drawn(
        `
  - { id: s, startEvent: {} }
  - { id: f, parallelGateway: {} }
  - { id: w, catchEvent: { signal: ready } }
${tasks('A', 'B', 'C')}
  - { id: t, throwEvent: { signal: ready } }`,
        's -> f; f -> A; f -> w; A -> t; t -> B; w -> C',
      ),
    );
    expect(play.do('A').open).toBe('B C');
  });

  it('a boundary message that does not interrupt may come again', () => {
    const play = new Play(
      `process: again\nsteps:\n  - id: A\n    ${TASK}\n    boundary:\n      - { id: news, message: { name: news, key: '="k"' }, interrupting: false, do: [{ id: H, ${TASK} }] }\n`,
    );
    play.message('news', 'k');
    play.message('news', 'k');
    expect(play.open).toBe('A H H');
  });
});

describe('[L3.11] cancellation regions', () => {
  it('empties the steps that it names, whatever they are, and nothing else', () => {
    const play = new Play(
      drawn(
        `
${tasks('A', 'B', 'C')}
  - { id: many, forEach: { count: 2 }, ${TASK} }
  - { id: late, catchEvent: { timer: { after: PT1H } } }
  - { id: X, ${TASK}, cancels: [A, many, late] }`,
        'A -> B',
      ),
    );
    expect(play.open).toBe('A C X many many');
    expect(play.do('X').open).toBe('C');
    expect(play.simulator.state.timers).toEqual({});
    expect(play.do('C').status).toMatch(/^completed/u);
  });
});

describe('[L3.6] what goes on without effect', () => {
  it('has no boundary events any more, neither timers nor errors', () => {
    const play = new Play(`process: rest
steps:
  - id: A
    forEach: { count: 3, until: =numberOfCompletedInstances >= 2, rest: ignore }
    subProcess:
      steps:
        - { id: T, ${TASK} }
        - { id: boom, if: =loopCounter = 3, throw: { error: { code: bad } } }
    boundary: [{ id: late, timer: { after: P1D } }, { id: caught, error: {} }]
  - { id: Z, ${TASK} }
`).do('T', 'T');
    expect(play.open).toBe('T Z');
    expect(play.wait(2 * 86_400_000).open).toBe('T Z');
    play.do('T');
    expect([play.open, play.incidents, play.ran('caught')]).toEqual(['Z', 'boom: error-not-caught', 0]);
  });
});
