import { transition } from '../../engine/runtime/transition';
import {
  begin,
  boundary,
  CLERK,
  call,
  closureOf,
  end,
  exclusive,
  feel,
  graph,
  NINE_O_CLOCK,
  openSteps,
  parallel,
  pause,
  receive,
  SALESMAN,
  script,
  service,
  task,
  waitFor,
} from './graph';

const HOUR_MS = 3_600_000;
const ended = (simulator: ReturnType<typeof begin>) => [simulator.state.status, simulator.state.scopes['1']?.end];
const types = (simulator: ReturnType<typeof begin>) => simulator.records.map(({ type }) => type);

describe('sequence and ends', () => {
  it('runs automatic steps to the end in one transition', () => {
    const simulator = begin(graph('p', 'start -> a\na -> end', { a: script('x', '1 + 2') }));
    expect(ended(simulator)).toEqual(['completed', 'done']);
    expect(simulator.state.scopes['1']?.variables).toEqual({ x: 3 });
  });

  it('ends with the other branch still open unless the end terminates', () => {
    const lines = 'start -> split\nsplit -> a\nsplit -> stop';
    const plain = begin(graph('p', lines, { split: parallel(), a: task(), stop: end('stopped') }));
    expect([openSteps(plain), plain.state.status]).toEqual([['a'], 'active']);
    const terminating = begin(graph('p', lines, { split: parallel(), a: task(), stop: end('stopped', true) }));
    expect([openSteps(terminating), ...ended(terminating)]).toEqual([[], 'completed', 'stopped']);
    expect(types(terminating)).toContain('taskCanceled');
  });
});

describe('exclusive gateway', () => {
  const model = (defaultFlow?: string) =>
    graph('p', 'start -> which\nwhich -> a ? x > 10\nwhich -> b ? x > 5\nwhich -> c', {
      which: exclusive(defaultFlow),
      a: task(),
      b: task(),
      c: task(),
    });
  it.each([
    [20, ['a']],
    [7, ['b']],
    [1, ['c']],
  ])('takes the first true branch, else the default: x = %s opens %s', (x, open) => {
    expect(openSteps(begin(model('which>c'), { x }))).toEqual(open);
  });

  it('stops with an incident where no branch is true, and goes on after the variable is mended', () => {
    const simulator = begin(model(), { x: 1 });
    const [incident] = Object.values(simulator.state.incidents);
    expect(incident).toMatchObject({ code: 'no-branch-true', node: 'which' });
    const key = incident?.key as string;
    expect(simulator.apply({ type: 'resolveIncident', actor: CLERK, incidentKey: key, variables: { x: 20 } })?.code).toBe(
      'variable-unknown',
    );
    const declared = graph(
      'p',
      'start -> which\nwhich -> a ? x > 10',
      { which: exclusive(), a: task() },
      { variables: { x: { type: { kind: 'number' } } } },
    );
    const other = begin(declared, { x: 1 });
    const [stopped] = Object.values(other.state.incidents);
    other.apply({ type: 'resolveIncident', actor: CLERK, incidentKey: stopped?.key as string, variables: { x: 20 } });
    expect([openSteps(other), Object.keys(other.state.incidents)]).toEqual([['a'], []]);
  });

  it('stops with an incident where a condition is null', () => {
    const [incident] = Object.values(begin(model('which>c'), { x: null }).state.incidents);
    expect(incident).toMatchObject({ code: 'expression-failed', message: expect.stringContaining('x > 10') });
  });
});

describe('parallel gateway', () => {
  const model = graph('p', 'start -> split\nsplit -> a\nsplit -> b\na -> join\nb -> join\njoin -> end', {
    split: parallel(),
    join: parallel(),
    a: task(),
    b: task(),
  });
  it.each([[['a', 'b']], [['b', 'a']]])('joins in either order: %s', (order) => {
    const simulator = begin(model);
    expect(openSteps(simulator)).toEqual(['a', 'b']);
    for (const step of order) expect(simulator.complete(step, CLERK)).toBeUndefined();
    expect(ended(simulator)).toEqual(['completed', 'done']);
  });

  it('needs one token of each incoming flow, not just as many', () => {
    const twice = graph(
      'p',
      'start -> split\nsplit -> a\nsplit -> b\nsplit -> c\na -> merge\nb -> merge\nmerge -> join\nc -> join\njoin -> end',
      {
        split: parallel(),
        join: parallel(),
        merge: exclusive(),
        a: task(),
        b: task(),
        c: task(),
      },
    );
    const simulator = begin(twice);
    simulator.complete('a', CLERK);
    simulator.complete('b', CLERK);
    expect(simulator.state.status).toBe('active');
    simulator.complete('c', CLERK);
    expect(openSteps(simulator)).toEqual([]);
    expect(Object.values(simulator.state.tokens)).toMatchObject([{ node: 'join', status: 'joining' }]);
  });
});

describe('user task', () => {
  const review = graph('p', 'start -> review\nreview -> end', {
    review: task({
      assign: { roles: ['clerk'], users: [feel('boss')], exclude: [feel('case.startedBy')] },
      outcomes: [
        { id: 'approve', title: { zh: '通过', en: 'Approve' } },
        { id: 'reject', title: { zh: '拒绝', en: 'Reject' } },
      ],
      result: 'review',
      due: { after: 'PT4H' },
      overdue: [
        { id: 'urge', after: 'PT1H', every: 'PT1H', times: 3, action: { kind: 'urge' } },
        { id: 'up', after: 'PT2H', times: 1, action: { kind: 'escalate', roles: ['sales-manager'] } },
      ],
    }),
  });
  const start = () => begin(review, { boss: 'boss@tianhe' });
  const taskKey = 'case-3';

  it('keeps the data and the outcome as the variable of the step', () => {
    const simulator = start();
    simulator.complete('review', CLERK, 'approve', { remark: '好' });
    expect(simulator.state.scopes['1']?.variables.review).toEqual({ remark: '好', outcome: 'approve' });
    expect(simulator.records.find(({ type }) => type === 'taskCompleted')).toMatchObject({
      actor: 'clerk@tianhe',
      elementId: 'review',
      task: { completedBy: 'clerk@tianhe', outcome: 'approve', state: 'COMPLETED' },
    });
  });

  it.each([
    ['without an outcome', CLERK, null, 'outcome-missing'],
    ['with an unknown outcome', CLERK, 'maybe', 'outcome-unknown'],
    ['by a stranger', { user: 'x@tianhe', roles: ['warehouse'] }, 'approve', 'not-a-candidate'],
    ['by who started the case', SALESMAN, 'approve', 'excluded-by-four-eyes'],
    ['by who started the case, though a clerk too', { ...SALESMAN, roles: ['clerk'] }, 'approve', 'excluded-by-four-eyes'],
  ])('refuses completion %s and changes nothing', (_, actor, outcome, code) => {
    const simulator = start();
    const before = simulator.state;
    expect(simulator.complete('review', actor, outcome)?.code).toBe(code);
    expect(simulator.state).toBe(before);
  });

  it('refuses a second completion', () => {
    const simulator = start();
    const key = simulator.tasksOf('review')[0]?.key as string;
    simulator.complete('review', CLERK, 'approve');
    expect(simulator.apply({ type: 'completeTask', actor: CLERK, taskKey: key, outcome: 'approve', data: {} })?.code).toBe(
      'instance-not-active',
    );
  });

  it('is claimed once, kept from others, and given back', () => {
    const simulator = start();
    const boss = { user: 'boss@tianhe', roles: [] };
    const claim = (actor: typeof CLERK, allowOverride = false) =>
      simulator.apply({ type: 'assignTask', actor, taskKey, assignee: actor.user, assigneeRoles: actor.roles, allowOverride })?.code;
    expect(claim(CLERK)).toBeUndefined();
    expect(claim(boss)).toBe('task-already-assigned');
    expect(simulator.complete('review', boss, 'approve')?.code).toBe('not-the-assignee');
    expect(simulator.apply({ type: 'unassignTask', actor: boss, taskKey })?.code).toBe('not-the-assignee');
    expect(claim(boss, true)).toBeUndefined();
    expect(simulator.apply({ type: 'unassignTask', actor: boss, taskKey })).toBeUndefined();
    expect(simulator.tasksOf('review')[0]?.assignee).toBeNull();
  });

  it('refuses an assignee who is no candidate or is excluded', () => {
    const simulator = start();
    const assign = (assignee: string, assigneeRoles: string[]) =>
      simulator.apply({ type: 'assignTask', actor: CLERK, taskKey, assignee, assigneeRoles, allowOverride: true })?.code;
    expect(assign('x@tianhe', ['warehouse'])).toBe('assignee-not-a-candidate');
    expect(assign('salesman@tianhe', ['clerk'])).toBe('excluded-by-four-eyes');
  });

  it('is urged each hour after its due date, three times, and escalated, and stays open', () => {
    const simulator = start();
    simulator.advanceTo(NINE_O_CLOCK + 4 * HOUR_MS);
    expect(simulator.tasksOf('review')[0]).toMatchObject({ urgedCount: 0 });
    simulator.advanceTo(NINE_O_CLOCK + 5 * HOUR_MS);
    expect(simulator.tasksOf('review')[0]).toMatchObject({ urgedCount: 1, escalatedTo: [] });
    simulator.advanceTo(NINE_O_CLOCK + 48 * HOUR_MS);
    const [open] = simulator.tasksOf('review');
    expect(open).toMatchObject({ urgedCount: 3, escalatedTo: ['sales-manager'], candidateGroups: ['clerk', 'sales-manager'] });
    expect(simulator.complete('review', { user: 'm@tianhe', roles: ['sales-manager'] }, 'approve')).toBeUndefined();
    expect(simulator.records.filter(({ type }) => type === 'taskUrged').map(({ atMs }) => (atMs - NINE_O_CLOCK) / HOUR_MS)).toEqual([
      5, 6, 7,
    ]);
  });

  it('stops with an incident where nobody may do it', () => {
    const simulator = begin(
      graph('p', 'start -> a\na -> end', { a: task({ assign: { roles: [], users: [feel('nobody')], exclude: [] } }) }),
      { nobody: null },
    );
    expect(Object.values(simulator.state.incidents)).toMatchObject([{ code: 'nobody-to-assign' }]);
  });
});

describe('service task', () => {
  const model = (more = {}) =>
    graph('p', 'start -> ask\nask -> end\ncaught -> after\nafter -> end', { ask: service({ url: 'x' }), after: task(), ...more });

  it('asks the host once, with one key, and keeps the answer', () => {
    const simulator = begin(model());
    const [job] = [...simulator.pending.values()];
    expect(job).toMatchObject({
      connector: 'system.noop',
      input: { url: 'x' },
      idempotencyKey: `case-${job?.jobId}`,
      retry: { initialMs: 1000, attempts: 3 },
    });
    simulator.answer(job?.jobId as string, { price: 5 });
    expect(simulator.state.scopes['1']?.variables.output).toEqual({ price: 5 });
    expect(ended(simulator)).toEqual(['completed', 'done']);
  });

  it('stops with an incident when its attempts are spent, and is asked again with the same key on resolution', () => {
    const simulator = begin(model());
    const [first] = [...simulator.pending.values()];
    simulator.fail(first?.jobId as string, 'no answer');
    const [incident] = Object.values(simulator.state.incidents);
    expect(incident).toMatchObject({ code: 'connector-failed', message: 'no answer' });
    simulator.apply({ type: 'resolveIncident', actor: CLERK, incidentKey: incident?.key as string, variables: {} });
    const [second] = [...simulator.pending.values()];
    expect([second?.idempotencyKey, second?.jobId === first?.jobId]).toEqual([first?.idempotencyKey, false]);
    simulator.answer(second?.jobId as string, null);
    expect(simulator.state.status).toBe('completed');
  });

  it.each([
    ['its own code before a catch-all', { caught: boundary('ask', { kind: 'error', code: 'full' }) }, 'full', ['after']],
    ['any code by a catch-all', { caught: boundary('ask', { kind: 'error' }) }, 'other', ['after']],
    ['spent attempts by a catch-all', { caught: boundary('ask', { kind: 'error' }) }, undefined, ['after']],
    ['not another code', { caught: boundary('ask', { kind: 'error', code: 'full' }) }, 'other', []],
  ])('catches %s', (_, more, code, open) => {
    const simulator = begin(model(more));
    const [job] = [...simulator.pending.values()];
    simulator.fail(job?.jobId as string, 'no', code);
    expect(openSteps(simulator)).toEqual(open);
    expect(Object.keys(simulator.state.incidents)).toHaveLength(open.length === 0 ? 1 : 0);
  });

  it('records an answer that comes too late and does nothing', () => {
    const simulator = begin(model());
    const [job] = [...simulator.pending.values()];
    simulator.apply({ type: 'cancelInstance', actor: CLERK, reason: null });
    expect(simulator.pending.size).toBe(0);
    simulator.answer(job?.jobId as string, null);
    expect(simulator.records.at(-1)).toMatchObject({ type: 'factIgnored', fact: 'connectorSucceeded' });
    expect(simulator.state.status).toBe('canceled');
  });
});

describe('timers, messages and conditions', () => {
  it('waits for a timer', () => {
    const simulator = begin(graph('p', 'start -> wait\nwait -> end', { wait: pause('PT2H') }));
    simulator.advanceTo(NINE_O_CLOCK + 2 * HOUR_MS - 1);
    expect(simulator.state.status).toBe('active');
    simulator.advanceTo(NINE_O_CLOCK + 2 * HOUR_MS);
    expect(simulator.state.status).toBe('completed');
  });

  it('adds a calendar day in the zone of the dealership', () => {
    const model = graph('p', 'start -> wait\nwait -> end', { wait: pause('P1D') });
    const closure = { ...closureOf(model), timezone: 'Europe/Berlin' };
    const beforeTheChange = Date.UTC(2026, 2, 28, 11);
    const start = {
      type: 'startInstance',
      atMs: beforeTheChange,
      actor: CLERK,
      instanceKey: 'k',
      dealership: 'd',
      businessKey: 'b',
      variables: {},
    } as const;
    const step = transition(closure, null, start);
    expect(step.ok && Object.values(step.state.timers)[0]?.dueAtMs).toBe(beforeTheChange + 23 * HOUR_MS);
  });

  it('interrupts a task by a boundary timer and goes its own way', () => {
    const model = graph('p', 'start -> a\na -> end\nlate -> b\nb -> end', {
      a: task(),
      b: task(),
      late: boundary('a', { kind: 'timer', timer: { after: 'PT1H' } }),
    });
    const simulator = begin(model);
    simulator.advanceTo(NINE_O_CLOCK + HOUR_MS);
    expect(openSteps(simulator)).toEqual(['b']);
    const inTime = begin(model);
    inTime.complete('a', CLERK);
    expect([inTime.state.status, Object.keys(inTime.state.timers)]).toEqual(['completed', []]);
  });

  it('goes on beside the task where the boundary event does not interrupt', () => {
    const simulator = begin(
      graph('p', 'start -> a\na -> end\nlate -> b\nb -> end', {
        a: task(),
        b: task(),
        late: boundary('a', { kind: 'timer', timer: { after: 'PT1H' } }, { interrupting: false }),
      }),
    );
    simulator.advanceTo(NINE_O_CLOCK + 3 * HOUR_MS);
    expect(openSteps(simulator)).toEqual(['a', 'b']);
    simulator.complete('a', CLERK);
    expect(simulator.state.status).toBe('active');
    simulator.complete('b', CLERK);
    expect(simulator.state.status).toBe('completed');
  });

  it('takes a message by name and key, once', () => {
    const simulator = begin(graph('p', 'start -> wait\nwait -> a\na -> end', { wait: receive('paid', 'number', 'payment'), a: task() }), {
      number: 'SO-1',
    });
    const deliver = (correlationKey: string) =>
      simulator.apply({ type: 'deliverMessage', actor: CLERK, messageId: 'm', name: 'paid', correlationKey, variables: { amount: '1.00' } })
        ?.code;
    expect(deliver('SO-2')).toBe('message-not-awaited');
    expect(deliver('SO-1')).toBeUndefined();
    expect(simulator.state.scopes['1']?.variables.payment).toEqual({ amount: '1.00' });
    expect(deliver('SO-1')).toBe('message-not-awaited');
  });

  it('does a task by a message at its boundary', () => {
    const model = graph('p', 'start -> a\na -> end\npaid -> end', {
      a: task(),
      paid: boundary('a', { kind: 'message', message: { name: 'paid', key: feel('case.businessKey') } }, { result: 'answer' }),
    });
    const simulator = begin(model);
    simulator.apply({
      type: 'deliverMessage',
      actor: CLERK,
      messageId: 'm',
      name: 'paid',
      correlationKey: 'SO-1',
      variables: { by: 'bank' },
    });
    expect([simulator.state.status, simulator.state.scopes['1']?.variables.answer]).toEqual(['completed', { by: 'bank' }]);
    expect(simulator.state.subscriptions).toEqual({});
  });

  it('goes on when an awaited condition turns true, at once where it is true already', () => {
    const model = graph('p', 'start -> split\nsplit -> a\nsplit -> wait\na -> join\nwait -> b\nb -> join\njoin -> end', {
      split: parallel(),
      join: parallel(),
      a: task({ result: 'told' }),
      b: task(),
      wait: waitFor('told != null'),
    });
    const simulator = begin(model);
    expect(openSteps(simulator)).toEqual(['a']);
    simulator.complete('a', CLERK, null, { at: 'noon' });
    expect(openSteps(simulator)).toEqual(['b']);
    expect(openSteps(begin(model, { told: 'before' }))).toEqual(['a', 'b']);
  });

  it('does not begin work twice where only the condition at its boundary failed', () => {
    const costly = feel('count(for i in 1..size.n return for j in 1..size.n return i) = 0');
    const model = graph(
      'p',
      'start -> split\nsplit -> ask\nsplit -> b\nask -> end\nb -> c\nc -> end\nlate -> end',
      {
        split: parallel(),
        ask: service(),
        b: task({ result: 'size' }),
        c: task({ result: 'size' }),
        late: boundary('ask', { kind: 'condition', condition: costly }),
      },
      { variables: { size: { type: { kind: 'any' } } } },
    );
    const simulator = begin(model, { size: { n: 1 } });
    const [job] = [...simulator.pending.keys()];
    simulator.complete('b', CLERK, null, { n: 1_000 });
    simulator.complete('c', CLERK, null, { n: 1_001 });
    const [incident, ...more] = Object.values(simulator.state.incidents);
    expect([incident?.code, incident?.node, more]).toEqual(['expression-too-costly', 'ask', []]);
    simulator.apply({ type: 'resolveIncident', actor: CLERK, incidentKey: incident?.key as string, variables: { size: { n: 1 } } });
    expect([...simulator.pending.keys()]).toEqual([job]);
    simulator.answer(job as string, 'ok');
    expect(simulator.state.status).toBe('completed');
  });

  it('interrupts a task when a condition at its boundary turns true', () => {
    const model = graph('p', 'start -> split\nsplit -> a\nsplit -> b\na -> end\nb -> end\nready -> c\nc -> end', {
      split: parallel(),
      a: task(),
      b: task({ result: 'told' }),
      c: task(),
      ready: boundary('a', { kind: 'condition', condition: feel('told != null') }),
    });
    const simulator = begin(model);
    simulator.complete('b', CLERK, null, { at: 'noon' });
    expect(openSteps(simulator)).toEqual(['c']);
  });
});

describe('call activity', () => {
  const child = (more = {}) => graph('child', 'start -> a\na -> end', { a: task({ result: 'done' }), ...more }, { result: feel('done') });
  const parent = (more: Parameters<typeof graph>[2] = {}, lines = '') =>
    graph('parent', `start -> sub\nsub -> end\n${lines}`, { sub: call('child', { order: 'order' }), ...more });

  it('is a process instance of its own with its input, and gives its result', () => {
    const simulator = begin([parent(), child()], { order: { number: 'SO-1' } });
    const scope = Object.values(simulator.state.scopes).find(({ processId }) => processId === 'child');
    expect(scope).toMatchObject({ variables: { order: { number: 'SO-1' } }, businessKey: 'SO-1', instanceKey: `case-${scope?.id}` });
    simulator.complete('a', CLERK, null, { ok: true });
    expect(simulator.state.scopes['1']?.variables.called).toEqual({ ok: true });
    expect(simulator.records.filter(({ type }) => type === 'instanceCompleted').map((record) => record.instanceKey)).toEqual([
      scope?.instanceKey,
      'case',
    ]);
  });

  it('is ended with all its work by an interrupting boundary event', () => {
    const late = boundary('sub', { kind: 'timer', timer: { after: 'PT1H' } });
    const simulator = begin([parent({ late, b: task() }, 'late -> b\nb -> end'), child()], { order: null });
    simulator.advanceTo(NINE_O_CLOCK + HOUR_MS);
    expect(openSteps(simulator)).toEqual(['b']);
    expect(types(simulator)).toContain('instanceTerminated');
  });

  it('passes an error that it does not catch to its caller', () => {
    const failing = graph('child', 'start -> ask\nask -> end', { ask: service() });
    const caught = boundary('sub', { kind: 'error', code: 'full' });
    const simulator = begin([parent({ caught, b: task() }, 'caught -> b\nb -> end'), failing], { order: null });
    simulator.fail([...simulator.pending.keys()][0] as string, 'no room', 'full');
    expect(openSteps(simulator)).toEqual(['b']);
  });

  it('stops with an incident where calls would nest too deep', () => {
    const simulator = begin(graph('p', 'start -> again\nagain -> end', { again: call('p') }));
    expect(Object.values(simulator.state.incidents)).toMatchObject([{ code: 'call-too-deep' }]);
  });
});

describe('the whole case', () => {
  it('is canceled with everything in it', () => {
    const simulator = begin([
      graph('p', 'start -> split\nsplit -> a\nsplit -> sub\nsplit -> ask\na -> end\nsub -> end\nask -> end', {
        split: parallel(),
        a: task(),
        sub: call('c'),
        ask: service(),
      }),
      graph('c', 'start -> b\nb -> end', { b: task() }),
    ]);
    simulator.apply({ type: 'cancelInstance', actor: CLERK, reason: 'customer withdrew' });
    const { tokens, tasks, jobs, timers, subscriptions, status } = simulator.state;
    expect({ tokens, tasks, jobs, timers, subscriptions, status }).toEqual({
      tokens: {},
      tasks: {},
      jobs: {},
      timers: {},
      subscriptions: {},
      status: 'canceled',
    });
    expect(simulator.apply({ type: 'cancelInstance', actor: CLERK, reason: null })?.code).toBe('instance-not-active');
  });

  it('stops a loop without a wait with an incident', () => {
    const simulator = begin(graph('p', 'start -> a\na -> b\nb -> a', { a: script('x', '1'), b: script('x', '2') }));
    expect(Object.values(simulator.state.incidents)).toMatchObject([{ code: 'too-many-steps' }]);
  });

  it('refuses variables that are too large', () => {
    const simulator = begin(graph('p', 'start -> a\na -> end', { a: task() }));
    expect(simulator.complete('a', CLERK, null, { text: 'x'.repeat(300_000) })?.code).toBe('value-too-large');
  });

  it('never lets its time go back', () => {
    const simulator = begin(graph('p', 'start -> a\na -> end', { a: task() }));
    simulator.nowMs -= HOUR_MS;
    simulator.complete('a', CLERK);
    expect(simulator.records.every(({ atMs }) => atMs >= NINE_O_CLOCK)).toBe(true);
  });
});
