import { drawn, HOUR, Play, TASK, tasks } from './play';

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

describe('[L1.7] [L6.1] lengths of time', () => {
  it('a month ends in the month after, and what is shorter than a second waits a second', () => {
    const timer = (after: string) =>
      `process: t\nnodes: [{ id: w, catchEvent: { timer: { after: ${after} } } }, { id: A, ${TASK} }]\nflows: [{ from: w, to: A }]\n`;
    const month = new Play(timer('P1M')).wait(31 * 24 * HOUR - 1000);
    expect([month.open, month.wait(1000).open]).toEqual(['', 'A']);
    const now = new Play(timer('PT0S'));
    expect([now.open, now.wait(1000).open]).toEqual(['', 'A']);
  });
});

describe('[L5.5] rounds of joins that count', () => {
  const forked = (need: number, rest: string) =>
    drawn(
      `
  - { id: s, startEvent: {} }
  - { id: fork, parallelGateway: {} }
  - { id: join, complexGateway: { need: ${need}, of: 3, rest: ${rest} } }
  - { id: W, userTask: { assign: { roles: [clerk] }, withdraw: untilNextBegun } }
  - { id: A, userTask: { assign: { roles: [clerk] }, withdraw: untilNextBegun } }
${tasks('B', 'C')}
  - { id: D, userTask: { assign: { roles: [clerk] }, mayReturnTo: [W, B] } }`,
      's -> W; W -> fork; fork -> A; fork -> B; fork -> C; A -> join; B -> join; C -> join; join -> D',
    );
  const ask = (play: Play, request: { type: 'returnTask'; target: string } | { type: 'withdrawTask'; taskKey: string }) => {
    const actor = { user: 'boss@test', roles: ['clerk'] };
    if (request.type === 'withdrawTask') return play.simulator.apply({ ...request, actor, draftedTaskKeys: [] })?.code;
    const taskKey = play.simulator.tasksOf('D')[0]?.key ?? '';
    return play.simulator.apply({ ...request, actor, taskKey, reason: null })?.code;
  };

  it('an arrival that is taken back is not counted', () => {
    const play = new Play(forked(3, 'ignore')).do('W');
    const taskKey = play.simulator.tasksOf('A')[0]?.key ?? '';
    play.do('A', 'B');
    expect(ask(play, { type: 'withdrawTask', taskKey })).toBeUndefined();
    play.do('A');
    expect(play.open).toBe('C');
    expect(play.do('C').open).toBe('D');
  });

  it('a return to before the fork begins a new round; to a branch alone there is none', () => {
    const play = new Play(forked(1, 'ignore')).do('W', 'B');
    expect(play.open).toBe('A C D');
    expect(ask(play, { type: 'returnTask', target: 'B' })).toBe('return-target-not-done');
    expect(ask(play, { type: 'returnTask', target: 'W' })).toBeUndefined();
    expect(play.open).toBe('W');
    play.do('W', 'C', 'A', 'B');
    expect(play.open).toBe('D');
    expect(play.do('D').status).toMatch(/^completed/u);
  });

  it('what could come only by going through the fork again is not withdrawn', () => {
    const play = new Play(`process: outer
steps:
  - id: around
    parallel:
      - id: l
        do:
          - id: inner
            join: { need: 1, rest: cancel }
            parallel:
              - { id: a, do: [{ id: A, ${TASK} }] }
              - { id: b, do: [{ id: B, ${TASK} }] }
      - { id: r, do: [{ id: O, ${TASK} }] }
  - { id: again, userTask: { assign: { roles: [clerk] }, outcomes: [again, done] } }
  - { id: back, if: =again.outcome = "again", task: {}, next: around }
`).do('A');
    expect(play.open).toBe('O');
    play.do('O').complete('again', {}, 'again');
    expect(play.open).toBe('A B O');
  });
});

describe('[L2.7] [L6.3] names from elsewhere', () => {
  it('messages have any names, written or computed; what nobody declared can be set', () => {
    const play = new Play(
      `process: names
additionalVariables: true
nodes:
  - { id: m, catchEvent: { message: { name: "New message", key: '="k"' } } }
  - { id: n, receiveTask: { message: { name: '="message-" + foo', key: '="k"' } } }
  - { id: A, ${TASK} }
flows: [{ from: m, to: n }, { from: n, to: A }]
`,
      { foo: 'x' },
    );
    play.set({ neverMentioned: 7 });
    expect([play.message('New message', 'k'), play.message('message-x', 'k'), play.open]).toEqual([undefined, undefined, 'A']);
    expect(play.variable('neverMentioned')).toBe(7);
  });

  it('a cycle shorter than a second comes every second', () => {
    const play = new Play(`process: short
nodes:
  - { id: A, ${TASK} }
  - { id: b, boundaryEvent: { attachedTo: A, interrupting: false, timer: { cycle: R3/PT0.5S } } }
  - { id: H, ${TASK} }
flows: [{ from: b, to: H }]
`).wait(10_000);
    expect(play.open).toBe('A H H H');
  });
});

describe('[L15.2] conditions on flows out of events', () => {
  it('are asked, as those out of activities are', () => {
    const text = `process: event
additionalVariables: true
nodes: [{ id: s, startEvent: {} }, { id: A, ${TASK} }, { id: B, ${TASK} }]
flows: [{ from: s, to: A, when: =x > 1 }, { from: s, to: B, when: =x > 2 }]
`;
    expect(new Play(text, { x: 2 }).open).toBe('A');
    expect(new Play(text, { x: 3 }).open).toBe('A B');
    expect(new Play(text, { x: 1 }).incidents).toBe('s: no-branch-true');
  });
});
