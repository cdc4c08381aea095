import { BOSS, Play } from './play';

/** A process in the graph notation: `flows` is a list of `from -> to` or `from -> to ? condition`, parted by semicolons. */
function drawn(nodes: string, flows: string, more = ''): string {
  const lines = flows
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => {
      const [, from, to, when] = /^(\S+) -> (\S+)(?: \? (.*))?$/u.exec(one) ?? [];
      return `  - { from: ${from}, to: ${to}${when === undefined ? '' : `, when: '=${when}'`} }`;
    });
  return `process: drawn\n${more}nodes:\n${nodes.replace(/^\n/u, '').trimEnd()}\nflows:\n${lines.join('\n')}\n`;
}

const TASK = 'userTask: { assign: { roles: [clerk] } }';
const tasks = (...ids: string[]) => ids.map((id) => `  - { id: ${id}, ${TASK} }`).join('\n');
const HOUR = 3_600_000;

describe('[L15.6] gateways', () => {
  it('an inclusive join waits for what can still come, loops included', () => {
    const play = new Play(
      drawn(
        `
  - { id: s, startEvent: {} }
  - { id: fork, parallelGateway: {} }
  - { id: x, exclusiveGateway: { default: x>j } }
  - { id: j, inclusiveGateway: {} }
${tasks('A', 'B', 'C')}
  - { id: e, endEvent: {} }`,
        's -> fork; fork -> A; fork -> B; A -> j; B -> x; x -> B ? again; x -> j; j -> C; C -> e',
        'variables: { again: { type: boolean } }\n',
      ),
      { again: true },
    );
    play.do('A');
    expect(play.open).toBe('B');
    play.do('B');
    expect(play.open).toBe('B');
    play.set({ again: false }).do('B');
    expect(play.open).toBe('C');
    expect(play.do('C').status).toBe('completed');
  });

  it('an inclusive split takes each true flow, else its default', () => {
    const text = drawn(
      `
  - { id: s, startEvent: {} }
  - { id: o, inclusiveGateway: { default: o>C } }
  - { id: j, inclusiveGateway: {} }
${tasks('A', 'B', 'C', 'D')}`,
      's -> o; o -> A ? n > 0; o -> B ? n > 1; o -> C; A -> j; B -> j; C -> j; j -> D',
      'variables: { n: { type: number } }\n',
    );
    expect(new Play(text, { n: 2 }).open).toBe('A B');
    expect(new Play(text, { n: 0 }).open).toBe('C');
    const play = new Play(text, { n: 2 }).do('A');
    expect(play.open).toBe('B');
    expect(play.do('B').open).toBe('D');
    expect(play.do('D').status).toBe('completed');
  });

  it('a parallel join keeps surplus tokens for its next round', () => {
    const play = new Play(
      drawn(
        `
  - { id: s, startEvent: {} }
  - { id: fork, parallelGateway: {} }
  - { id: join, parallelGateway: {} }
${tasks('A', 'B', 'L', 'C')}`,
        's -> fork; fork -> A; fork -> B; fork -> L; A -> join; B -> join; L -> B; join -> C',
      ),
    );
    play.do('A', 'B');
    expect(play.open).toBe('C L');
    play.do('L', 'B', 'C');
    // the second token at the join waits for ever: nothing else comes by the other flow
    expect([play.open, play.status]).toEqual(['', 'active']);
  });

  it.each([
    ['ignore', 'A C D'],
    ['block', 'A C D'],
    ['cancel', 'D'],
  ])('a complex join goes on with the arrival that is needed; the rest: %s', (rest, open) => {
    const play = new Play(
      drawn(
        `
  - { id: s, startEvent: {} }
  - { id: fork, parallelGateway: {} }
  - { id: join, complexGateway: { need: 1, of: 3, rest: ${rest} } }
${tasks('A', 'B', 'C', 'D')}`,
        's -> fork; fork -> A; fork -> B; fork -> C; A -> join; B -> join; C -> join; join -> D',
      ),
    );
    expect(play.do('B').open).toBe(open);
    if (rest !== 'cancel') play.do('A', 'C');
    expect(play.do('D').status).toBe('completed');
    expect(play.ran('D')).toBe(1);
  });

  it('an event-based gateway takes the first of its events', () => {
    const text = drawn(
      `
  - { id: s, startEvent: {} }
  - { id: g, eventBasedGateway: {} }
  - { id: m, catchEvent: { message: { name: go, key: '="k"' } } }
  - { id: r, receiveTask: { message: { name: stop, key: '="k"' } } }
  - { id: t, catchEvent: { timer: { after: PT1H } } }
${tasks('A', 'B', 'C')}`,
      's -> g; g -> m; g -> r; g -> t; m -> A; r -> B; t -> C',
    );
    const told = new Play(text);
    expect(told.message('go', 'k')).toBeUndefined();
    expect([told.open, told.message('stop', 'k')]).toEqual(['A', 'message-not-awaited']);
    const late = new Play(text).wait(HOUR);
    expect([late.open, late.message('go', 'k')]).toEqual(['C', 'message-not-awaited']);
    const received = new Play(text);
    received.message('stop', 'k');
    expect(received.open).toBe('B');
  });

  it('flows out of an activity may have conditions', () => {
    const text = drawn(
      `
  - { id: s, startEvent: {} }
  - { id: A, ${TASK}, default: A>D }
${tasks('B', 'C', 'D')}`,
      's -> A; A -> B ? n > 0; A -> C ? n > 1; A -> D',
      'variables: { n: { type: number } }\n',
    );
    expect(new Play(text, { n: 2 }).do('A').open).toBe('B C');
    expect(new Play(text, { n: 0 }).do('A').open).toBe('D');
  });
});

describe('[L4.12] [L6.10] sub-processes and event sub-processes', () => {
  const inner = (more: string) =>
    drawn(
      `
  - { id: s, startEvent: {} }
  - id: sub
    subProcess:
      nodes:
        - { id: is, startEvent: {} }
        - { id: A, ${TASK} }
        - { id: B, ${TASK} }
        - { id: ie, endEvent: {} }
${more}
      flows: [{ from: is, to: A }, { from: is, to: B }, { from: A, to: ie }, { from: B, to: ie }]
${tasks('C')}`,
      's -> sub; sub -> C',
    );
  const eventSub = (trigger: string, interrupting: boolean) => `
        - id: es
          subProcess:
            event: true
            nodes:
              - { id: ess, startEvent: { ${trigger}, interrupting: ${interrupting} } }
              - { id: H, ${TASK} }
            flows: [{ from: ess, to: H }]`;

  it('a sub-process ends when nothing is open in it', () => {
    const play = new Play(inner(''));
    expect(play.open).toBe('A B');
    expect(play.do('A').open).toBe('B');
    expect(play.do('B').open).toBe('C');
    expect([play.ran('sub'), play.do('C').status]).toEqual([1, 'completed']);
  });

  it('an interrupting event sub-process withdraws everything else of its scope', () => {
    const play = new Play(inner(eventSub('message: { name: stop, key: ="k" }', true)));
    play.message('stop', 'k');
    expect(play.open).toBe('H');
    expect(play.message('stop', 'k')).toBe('message-not-awaited');
    expect(play.do('H').open).toBe('C');
  });

  it('one that does not interrupt runs beside, as often as its event happens', () => {
    const play = new Play(inner(eventSub('signal: look', false)));
    play.signal('look');
    play.signal('look');
    expect(play.open).toBe('A B H H');
    play.do('A', 'B', 'H');
    expect(play.open).toBe('H');
    expect(play.do('H').open).toBe('C');
    expect(play.signal('look')).toBe('signal-not-awaited');
  });

  it('a timer that repeats starts it each time', () => {
    const play = new Play(inner(eventSub('timer: { cycle: R2/PT1H }', false))).wait(5 * HOUR);
    expect(play.open).toBe('A B H H');
  });

  it('a condition starts it when it turns true, not while it stays so', () => {
    const text = inner(eventSub('condition: =n > 1', false)).replace('nodes:', 'variables: { n: { type: number, default: 0 } }\nnodes:');
    const play = new Play(text);
    play.set({ n: 2 }).set({ n: 3 });
    expect(play.open).toBe('A B H');
    play.set({ n: 0 }).set({ n: 5 });
    expect(play.open).toBe('A B H H');
  });

  it('terminate ends its own scope alone', () => {
    const play = new Play(inner('').replace('endEvent: {} }', 'endEvent: { terminate: true } }'));
    expect(play.do('A').open).toBe('C');
  });
});

describe('[L6.8] errors and escalations', () => {
  const thrower = (kind: string, handlers: string, end = 'endEvent') =>
    drawn(
      `
  - { id: s, startEvent: {} }
  - id: outer
    subProcess:
      nodes:
        - { id: os, startEvent: {} }
        - id: sub
          subProcess:
            nodes:
              - { id: is, startEvent: {} }
              - { id: A, ${TASK} }
              - { id: boom, ${end}: { ${kind} } }
              - { id: B, ${TASK} }
            flows: [{ from: is, to: A }, { from: A, to: boom }, { from: is, to: B }]
${handlers}
        - { id: H1, ${TASK} }
      flows: [{ from: os, to: sub }${handlers.includes('near') ? ', { from: near, to: H1 }' : ''}]
  - { id: far, boundaryEvent: { attachedTo: outer, ${kind.split(':')[0]}: {} } }
${tasks('H2', 'C')}`,
      's -> outer; outer -> C; far -> H2',
    );

  it('the nearest handler catches, by code before one without', () => {
    const near = '        - { id: near, boundaryEvent: { attachedTo: sub, error: { code: E1 } } }';
    const play = new Play(thrower('error: { code: E1 }', near));
    expect(play.do('A').open).toBe('H1');
    const other = new Play(thrower('error: { code: E2 }', near));
    expect(other.do('A').open).toBe('H2');
    expect(other.do('H2').status).toBe('completed');
  });

  it('an error that nobody catches is an incident', () => {
    const play = new Play(
      drawn(`\n  - { id: s, startEvent: {} }\n${tasks('A')}\n  - { id: e, endEvent: { error: { code: E1 } } }`, 's -> A; A -> e'),
    ).do('A');
    expect([play.incidents, play.status]).toEqual(['e: error-not-caught', 'active']);
  });

  it('an escalation goes on where it was thrown, unless its handler interrupts', () => {
    const near = '        - { id: near, boundaryEvent: { attachedTo: sub, interrupting: false, escalation: { code: E1 } } }';
    const play = new Play(thrower('escalation: { code: E1 }', near));
    expect(play.do('A').open).toBe('B H1');
    const far = new Play(thrower('escalation: { code: E1 }', ''));
    expect(far.do('A').open).toBe('H2');
  });

  it('an error of a called process goes to the call', () => {
    const caller = drawn(
      `
  - { id: s, startEvent: {} }
  - { id: c, callActivity: { process: inner } }
  - { id: b, boundaryEvent: { attachedTo: c, error: {}, result: problem } }
${tasks('H')}`,
      's -> c; b -> H',
    );
    const inner = `process: inner\nnodes:\n  - { id: s, startEvent: {} }\n  - { id: e, endEvent: { error: { code: E7 } } }\nflows: [{ from: s, to: e }]\n`;
    const play = new Play(caller, {}, [inner]);
    expect(play.open).toBe('H');
    expect(play.variable('problem')).toEqual({ code: 'E7', message: 'E7' });
  });
});

describe('[L6.9] [L4.13] compensation and transactions', () => {
  const saga = (last: string, wrap = '') =>
    drawn(
      `
  - { id: s, startEvent: {} }
${tasks('A', 'B')}
  - { id: ca, boundaryEvent: { attachedTo: A, compensation: { handler: UA } } }
  - { id: cb, boundaryEvent: { attachedTo: B, compensation: { handler: UB } } }
${tasks('UA', 'UB', 'Z')}
  - { id: undo, ${last} }${wrap}`,
      's -> A; A -> B; B -> undo; undo -> Z',
    );

  it('undoes what was completed, the last first, and waits for people', () => {
    const play = new Play(saga('throwEvent: { compensation: true }')).do('A', 'B');
    expect(play.open).toBe('UB');
    expect(play.do('UB').open).toBe('UA');
    expect(play.do('UA').open).toBe('Z');
    expect(play.do('Z').status).toBe('completed');
  });

  it('undoes one activity where it is named', () => {
    const play = new Play(saga('throwEvent: { compensation: A }')).do('A', 'B');
    expect(play.open).toBe('UA');
    expect(play.do('UA').open).toBe('Z');
  });

  it('undoes what a completed sub-process holds', () => {
    const play = new Play(
      drawn(
        `
  - { id: s, startEvent: {} }
  - id: sub
    subProcess:
      nodes:
        - { id: is, startEvent: {} }
${tasks('A', 'B', 'UA', 'UB').replace(/^ {2}/gmu, '        ')}
        - { id: ca, boundaryEvent: { attachedTo: A, compensation: { handler: UA } } }
        - { id: cb, boundaryEvent: { attachedTo: B, compensation: { handler: UB } } }
      flows: [{ from: is, to: A }, { from: A, to: B }]
  - { id: undo, endEvent: { compensation: true } }
${tasks('C')}`,
        's -> sub; sub -> C; C -> undo',
      ),
    ).do('A', 'B', 'C');
    expect(play.open).toBe('UB');
    expect(play.do('UB').open).toBe('UA');
    expect(play.do('UA').status).toBe('completed');
    expect(play.simulator.state.undoables).toEqual({});
  });

  it('a canceled transaction is undone, then its cancel event happens', () => {
    const play = new Play(
      drawn(
        `
  - { id: s, startEvent: {} }
  - id: tx
    subProcess:
      transaction: true
      nodes:
        - { id: is, startEvent: {} }
${tasks('A', 'B', 'D', 'UA').replace(/^ {2}/gmu, '        ')}
        - { id: ca, boundaryEvent: { attachedTo: A, compensation: { handler: UA } } }
        - { id: no, endEvent: { cancel: true } }
      flows: [{ from: is, to: A }, { from: A, to: B }, { from: is, to: D }, { from: B, to: no }]
  - { id: canceled, boundaryEvent: { attachedTo: tx, cancel: true } }
${tasks('H', 'C')}`,
        's -> tx; tx -> C; canceled -> H',
      ),
    ).do('A', 'B');
    expect(play.open).toBe('UA');
    expect(play.do('UA').open).toBe('H');
    expect(play.do('H').status).toBe('completed');
  });
});

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
