import type { Actor } from '../../engine/runtime/events';
import type { ReturnRule, UserTaskNode } from '../../engine/runtime/process-model';
import type { CaseSimulator } from '../../engine/simulate/case-simulator';
import { type BareNode, begin, feel, graph, openSteps, parallel, script, service, task } from './graph';
import { AGAIN, ANNA, anybody, BEN, CHEN, complete, DORA, keyOf, line, person, refusedWith, STRAIGHT } from './people';

describe('[L17.4] returning', () => {
  const inBranches = (rule: ReturnRule) =>
    line(
      {
        write: task({ result: 'write', assign: anybody }),
        fork: parallel(),
        left: task({ result: 'left', assign: anybody, return: rule }),
        right: task({ result: 'right', assign: anybody }),
        join: parallel(),
        last: task({ result: 'last', assign: anybody, return: rule }),
      },
      `start -> write
       write -> fork
       fork -> left
       fork -> right
       left -> join
       right -> join
       join -> last
       last -> end`,
    );
  const back = (simulator: CaseSimulator, step: string, target = 'write') =>
    ({ type: 'returnTask', actor: ANNA, taskKey: keyOf(simulator, step), target, reason: 'wrong price' }) as const;

  it('withdraws what its siblings have open, and does everything anew', () => {
    const simulator = inBranches(AGAIN);
    complete(simulator, 'write', BEN);
    expect(simulator.apply(back(simulator, 'left'))).toBeUndefined();
    expect(openSteps(simulator)).toEqual(['write']);
    complete(simulator, 'write', BEN);
    expect(openSteps(simulator)).toEqual(['left', 'right']);
    complete(simulator, 'left', BEN);
    complete(simulator, 'right', BEN);
    complete(simulator, 'last', BEN);
    expect(simulator.state.status).toBe('completed');
  });

  it('withdraws a sibling that waits at the join already', () => {
    const simulator = inBranches(AGAIN);
    complete(simulator, 'write', BEN);
    complete(simulator, 'right', BEN);
    simulator.apply(back(simulator, 'left'));
    complete(simulator, 'write', BEN);
    expect(openSteps(simulator)).toEqual(['left', 'right']);
  });

  it('leaves siblings alone where it stays within its own branch', () => {
    const simulator = line(
      {
        fork: parallel(),
        write: task({ result: 'write', assign: anybody }),
        left: task({ result: 'left', assign: anybody, return: AGAIN }),
        right: task({ result: 'right', assign: anybody }),
        join: parallel(),
      },
      `start -> fork
       fork -> write
       write -> left
       fork -> right
       left -> join
       right -> join
       join -> end`,
    );
    complete(simulator, 'write', BEN);
    const right = keyOf(simulator, 'right');
    simulator.apply(back(simulator, 'left'));
    expect(openSteps(simulator)).toEqual(['right', 'write']);
    expect(keyOf(simulator, 'right')).toBe(right);
    for (const step of ['right', 'write', 'left']) complete(simulator, step, BEN);
    expect(simulator.state.status).toBe('completed');
  });

  it('straight back does the target alone, while everything else goes on', () => {
    const simulator = inBranches(STRAIGHT);
    complete(simulator, 'write', BEN);
    simulator.apply(back(simulator, 'left'));
    expect(openSteps(simulator)).toEqual(['right', 'write']);
    complete(simulator, 'right', BEN);
    complete(simulator, 'write', BEN);
    expect(openSteps(simulator)).toEqual(['left']);
    complete(simulator, 'left', BEN);
    complete(simulator, 'last', BEN);
    expect(simulator.state.status).toBe('completed');
    expect(simulator.state.tokens).toEqual({});
  });

  it('is refused for a target that was not completed on the way, and beyond its maximum', () => {
    const simulator = inBranches({ ...AGAIN, to: ['write', 'right'], maximum: 1 });
    complete(simulator, 'write', BEN);
    complete(simulator, 'right', BEN);
    expect(refusedWith(simulator, back(simulator, 'left', 'right'))).toBe('return-target-not-done');
    expect(refusedWith(simulator, back(simulator, 'left', 'last'))).toBe('return-target-unknown');
    simulator.apply(back(simulator, 'left'));
    complete(simulator, 'write', BEN);
    expect(refusedWith(simulator, back(simulator, 'left'))).toBe('returned-too-often');
  });

  it('undoes what can be undone since then, or is refused because of it', () => {
    const withEffects = (effects: ReturnRule['effects']) =>
      line(
        {
          write: task({ result: 'write', assign: anybody }),
          pay: { ...service(), compensation: 'payBack' } as BareNode,
          payBack: { ...service({ undo: true }), forCompensation: true } as BareNode,
          left: task({ result: 'left', assign: anybody, return: { ...AGAIN, effects } }),
        },
        `start -> write
         write -> pay
         pay -> left
         left -> end`,
      );
    const simulator = withEffects('compensate');
    complete(simulator, 'write', BEN);
    simulator.answer([...simulator.pending.keys()][0] as string, 'paid');
    simulator.apply(back(simulator, 'left'));
    expect(openSteps(simulator)).toEqual([]);
    expect([...simulator.pending.values()].map(({ elementId }) => elementId)).toEqual(['payBack']);
    simulator.answer([...simulator.pending.keys()][0] as string, 'undone');
    expect(openSteps(simulator)).toEqual(['write']);

    const strict = withEffects('refuse');
    complete(strict, 'write', BEN);
    strict.answer([...strict.pending.keys()][0] as string, 'paid');
    expect(refusedWith(strict, back(strict, 'left'))).toBe('return-has-effects');
  });
});

describe('[L17.5] taking back', () => {
  const chain = () =>
    line(
      {
        write: task({ result: 'write', assign: anybody, withdraw: 'untilNextBegun' }),
        note: script('noted', '1'),
        fork: parallel(),
        left: task({ result: 'left', assign: anybody }),
        right: task({ result: 'right', assign: anybody }),
        join: parallel(),
      },
      `start -> write
       write -> note
       note -> fork
       fork -> left
       fork -> right
       left -> join
       right -> join
       join -> end`,
    );
  const takeBack = (taskKey: string, actor = ANNA, draftedTaskKeys: string[] = []) =>
    ({ type: 'withdrawTask', actor, taskKey, draftedTaskKeys }) as const;

  it('gives the task to whoever completed it, while nothing after it has begun', () => {
    const simulator = chain();
    const key = keyOf(simulator, 'write');
    complete(simulator, 'write', ANNA);
    expect(refusedWith(simulator, takeBack(key, BEN))).toBe('nothing-to-withdraw');
    expect(refusedWith(simulator, takeBack(key, ANNA, [keyOf(simulator, 'left')]))).toBe('next-has-begun');
    expect(simulator.apply(takeBack(key))).toBeUndefined();
    expect(simulator.tasksOf('write')).toMatchObject([{ assignee: 'anna' }]);
    expect(openSteps(simulator)).toEqual(['write']);
    expect(refusedWith(simulator, takeBack(key))).toBe('nothing-to-withdraw');
  });

  it.each(['claim', 'complete'])('is refused after the next step was begun (%s)', (how) => {
    const simulator = chain();
    const key = keyOf(simulator, 'write');
    complete(simulator, 'write', ANNA);
    const taskKey = keyOf(simulator, 'right');
    if (how === 'complete') complete(simulator, 'right', BEN);
    else simulator.apply({ type: 'assignTask', actor: BEN, taskKey, assignee: 'ben', assigneeRoles: ['clerk'], allowOverride: false });
    expect(refusedWith(simulator, takeBack(key))).toBe('next-has-begun');
  });
});

describe('[L17.3] [L17.7] passing on', () => {
  const one = (more: Partial<UserTaskNode> = {}) => line({ write: task({ result: 'write', ...more }) }, 'start -> write\nwrite -> end');

  it('a delegated task comes back to its owner; a transferred one does not', () => {
    const simulator = one();
    const taskKey = keyOf(simulator, 'write');
    simulator.apply({ type: 'delegateTask', actor: ANNA, taskKey, to: 'dora', toRoles: [] });
    expect(complete(simulator, 'write', ANNA)).toBe('not-the-assignee');
    complete(simulator, 'write', DORA);
    expect(simulator.tasksOf('write')).toMatchObject([{ assignee: 'anna', delegation: { state: 'RESOLVED' } }]);
    simulator.apply({ type: 'transferTask', actor: ANNA, taskKey, to: 'dora', toRoles: [] });
    complete(simulator, 'write', DORA);
    expect(simulator.state.status).toBe('completed');
  });

  it('is refused where the definition or four eyes forbid it', () => {
    const simulator = one({ mayTransfer: false, assign: { roles: ['clerk'], users: [], exclude: [feel('"dora"')] } });
    const taskKey = keyOf(simulator, 'write');
    expect(refusedWith(simulator, { type: 'transferTask', actor: ANNA, taskKey, to: 'chen', toRoles: [] })).toBe('not-allowed-here');
    expect(refusedWith(simulator, { type: 'delegateTask', actor: ANNA, taskKey, to: 'dora', toRoles: [] })).toBe('excluded-by-four-eyes');
  });

  it('an urge by people is limited, a copy is recorded', () => {
    const simulator = one({ urgeEvery: 'PT30M' });
    const urge = { type: 'urgeTask', actor: BEN, taskKey: keyOf(simulator, 'write'), message: null } as const;
    expect(simulator.apply(urge)).toBeUndefined();
    expect(refusedWith(simulator, urge)).toBe('urged-too-often');
    simulator.advanceTo(simulator.nowMs + 1_800_000);
    expect(simulator.apply(urge)).toBeUndefined();
    simulator.apply({ type: 'copyTask', actor: ANNA, taskKey: keyOf(simulator, 'write'), users: ['dora', 'dora'], roles: [] });
    expect(simulator.records.at(-1)).toMatchObject({ type: 'taskCopied', users: ['dora'] });
  });
});

describe('[L17.1] [L17.2] four eyes', () => {
  const two = (assign: Partial<UserTaskNode['assign']>) =>
    line(
      {
        write: task({ result: 'write' }),
        check: task({ result: 'check', assign: { roles: ['clerk'], users: [], exclude: [], ...assign } }),
      },
      'start -> write\nwrite -> check\ncheck -> end',
    );

  it('are kept over what was really done, by both people where one acts for another', () => {
    const simulator = two({ notSameAs: ['write'] });
    complete(simulator, 'write', { ...BEN, for: person('anna', 'clerk') });
    for (const actor of [ANNA, BEN, { ...CHEN, for: person('anna', 'clerk') }, { ...BEN, for: person('emil', 'clerk') }]) {
      expect(complete(simulator, 'check', actor)).toBe('excluded-by-four-eyes');
    }
    expect(complete(simulator, 'check', { ...CHEN, for: person('emil', 'clerk') })).toBeUndefined();
    expect(simulator.records.find((record) => record.type === 'taskCompleted' && record.elementId === 'check')).toMatchObject({
      task: { completedBy: 'chen', completedFor: 'emil' },
    });
  });

  it("[L17.2] what a substitute claims, delegates or has taken back is the principal's", () => {
    const simulator = line(
      { write: task({ result: 'write', withdraw: 'untilNextBegun' }), check: task({ result: 'check' }) },
      'start -> write\nwrite -> check\ncheck -> end',
    );
    const actor = { ...CHEN, for: ANNA };
    const taskKey = () => keyOf(simulator, 'write');
    expect(
      simulator.apply({
        type: 'assignTask',
        actor,
        taskKey: taskKey(),
        assignee: 'chen',
        assigneeRoles: ['manager'],
        allowOverride: false,
      }),
    ).toBeUndefined();
    expect(simulator.tasksOf('write')[0]?.assignee).toBe('anna');
    expect(complete(simulator, 'write', CHEN)).toBe('not-a-candidate');
    simulator.apply({ type: 'unassignTask', actor, taskKey: taskKey() });
    expect(simulator.apply({ type: 'delegateTask', actor, taskKey: taskKey(), to: 'dora', toRoles: ['finance'] })).toBeUndefined();
    complete(simulator, 'write', DORA);
    expect(simulator.tasksOf('write')[0]?.assignee).toBe('anna');
    const written = taskKey();
    expect(complete(simulator, 'write', actor)).toBeUndefined();
    expect(simulator.apply({ type: 'withdrawTask', actor: ANNA, taskKey: written, draftedTaskKeys: [] })).toBeUndefined();
    expect(simulator.tasksOf('write')[0]?.assignee).toBe('anna');
    for (const step of ['write', 'check']) expect(complete(simulator, step, ANNA)).toBeUndefined();
    expect(simulator.state.status).toBe('completed');
  });

  it('sameAs: only who did that step', () => {
    const simulator = two({ sameAs: 'write' });
    complete(simulator, 'write', ANNA);
    expect(complete(simulator, 'check', BEN)).toBe('not-the-same-person');
    expect(complete(simulator, 'check', ANNA)).toBeUndefined();
  });

  it('[L16.1] sameAs: who did that step may, though no candidate; where four eyes keep them from it, nobody may', () => {
    const moved = two({ sameAs: 'write' });
    moved.apply({ type: 'transferTask', actor: ANNA, taskKey: keyOf(moved, 'write'), to: 'dora', toRoles: ['finance'] });
    complete(moved, 'write', DORA);
    expect(complete(moved, 'check', ANNA)).toBe('not-the-same-person');
    expect(complete(moved, 'check', DORA)).toBeUndefined();
    const contrary = two({ sameAs: 'write', notSameAs: ['write'], ifNobody: { kind: 'assign', roles: ['manager'], users: [] } });
    complete(contrary, 'write', ANNA);
    expect(complete(contrary, 'check', CHEN)).toBeUndefined();
    const stopped = two({ sameAs: 'write', notSameAs: ['write'] });
    complete(stopped, 'write', ANNA);
    expect(Object.values(stopped.state.incidents)).toMatchObject([{ code: 'nobody-to-assign' }]);
    const given = two({ sameAs: 'write', distribute: 'roundRobin' });
    complete(given, 'write', ANNA);
    expect(given.errands).toMatchObject([{ candidateGroups: [], candidateUsers: ['anna'] }]);
  });

  it('familiar: who did that step gets the task, others may still take it', () => {
    const simulator = two({ familiar: 'write' });
    complete(simulator, 'write', ANNA);
    expect(simulator.tasksOf('check')).toMatchObject([{ assignee: 'anna' }]);
  });

  it('[L16.2] familiar: who did that step and is no candidate of this one does not get it', () => {
    const simulator = two({ roles: ['manager'], familiar: 'write' });
    complete(simulator, 'write', ANNA);
    expect(simulator.tasksOf('check')).toMatchObject([{ assignee: null, candidateGroups: ['manager'] }]);
    const represented = two({ roles: ['manager'], familiar: 'write' });
    complete(represented, 'write', { ...CHEN, for: ANNA });
    expect(represented.tasksOf('check')).toMatchObject([{ assignee: null }]);
    const named = two({ roles: [], users: [feel('"anna"')], familiar: 'write' });
    complete(named, 'write', ANNA);
    expect(named.tasksOf('check')).toMatchObject([{ assignee: 'anna' }]);
  });

  it('nobody there: an incident, an outcome, or other people', () => {
    const none = { roles: [], users: [feel('null')] };
    const stopped = two(none);
    complete(stopped, 'write', ANNA);
    expect(Object.values(stopped.state.incidents)).toMatchObject([{ code: 'nobody-to-assign' }]);
    const skipped = two({ ...none, ifNobody: { kind: 'outcome', outcome: null } });
    complete(skipped, 'write', ANNA);
    expect(skipped.state.status).toBe('completed');
    const given = two({ ...none, ifNobody: { kind: 'assign', roles: ['manager'], users: [] } });
    complete(given, 'write', ANNA);
    expect(given.tasksOf('check')).toMatchObject([{ candidateGroups: ['manager'] }]);
  });

  it('[L16.2] the shortest queue does not count what has just been closed', () => {
    const simulator = two({ distribute: 'shortestQueue' });
    const taskKey = keyOf(simulator, 'write');
    complete(simulator, 'write', ANNA);
    expect(simulator.errands.find(({ type }) => type === 'resolveAssignment')).toMatchObject({ closedTaskKeys: [taskKey] });
  });

  it('distribution asks the host; its answer gives the task to one person', () => {
    const simulator = two({ distribute: 'roundRobin' });
    complete(simulator, 'write', ANNA);
    const [open] = simulator.tasksOf('check');
    simulator.apply({ type: 'assignmentResolved', taskId: open?.id as string, assignee: 'ben', nobody: false });
    expect(simulator.tasksOf('check')).toMatchObject([{ assignee: 'ben' }]);
    simulator.apply({ type: 'assignmentResolved', taskId: open?.id as string, assignee: 'anna', nobody: false });
    expect(simulator.tasksOf('check')).toMatchObject([{ assignee: 'ben' }]);
  });
});

describe('[L17.8] suspending', () => {
  const HOUR = 3_600_000;
  it('lets people do nothing, keeps messages and answers, and moves what is due', () => {
    const simulator = line(
      {
        fork: parallel(),
        write: task({ result: 'write', due: { after: 'PT2H' } }),
        pay: service(),
        news: {
          kind: 'intermediateCatchEvent',
          trigger: { kind: 'message', message: { name: 'news', key: feel('"k"') } },
          result: 'told',
        },
        join: parallel(),
      },
      `start -> fork
       fork -> write
       fork -> pay
       fork -> news
       write -> join
       pay -> join
       news -> join
       join -> end`,
    );
    const due = simulator.tasksOf('write')[0]?.dueAtMs as number;
    simulator.apply({ type: 'suspendCase', actor: CHEN, reason: 'dispute' });
    expect(refusedWith(simulator, { type: 'suspendCase', actor: CHEN, reason: null })).toBe('case-suspended');
    expect(complete(simulator, 'write', ANNA)).toBe('case-suspended');
    simulator.answer([...simulator.pending.keys()][0] as string, 'paid');
    const message = { type: 'deliverMessage', actor: CHEN, messageId: 'm', name: 'news', correlationKey: 'k', variables: {} } as const;
    expect(simulator.apply(message)).toBeUndefined();
    expect(refusedWith(simulator, { ...message, messageId: 'm2' })).toBe('message-not-awaited');
    simulator.advanceTo(simulator.nowMs + HOUR);
    expect(simulator.apply({ type: 'resumeCase', actor: CHEN })).toBeUndefined();
    expect(simulator.tasksOf('write')).toMatchObject([{ dueAtMs: due + HOUR }]);
    expect(simulator.state.jobs).toEqual({});
    expect(simulator.state.subscriptions).toEqual({});
    complete(simulator, 'write', ANNA);
    expect(simulator.state.status).toBe('completed');
    expect(refusedWith(simulator, { type: 'resumeCase', actor: CHEN })).toBe('instance-not-active');
  });

  it.each([
    ['skip', { cycle: 'R5/PT1H' }, 2],
    ['fireOnce', { after: 'PT1H' }, 1],
    ['shift', { after: 'PT1H' }, 0],
  ] as const)('a timer that came due meanwhile: %s', (suspend, rule, fired) => {
    const simulator = line(
      {
        write: task({ result: 'write' }),
        beat: { kind: 'boundaryEvent', attachedTo: 'write', interrupting: false, trigger: { kind: 'timer', timer: { ...rule, suspend } } },
        note: script('noted', '1'),
      },
      'start -> write\nwrite -> end\nbeat -> note',
    );
    const startMs = simulator.nowMs;
    if (suspend === 'skip') simulator.advanceTo(startMs + 2 * HOUR);
    simulator.apply({ type: 'suspendCase', actor: CHEN, reason: null });
    simulator.advanceTo(simulator.nowMs + 1.5 * HOUR);
    simulator.apply({ type: 'resumeCase', actor: CHEN });
    expect(simulator.records.filter(({ type, elementId }) => type === 'elementCompleted' && elementId === 'beat')).toHaveLength(fired);
    if (suspend === 'skip') {
      simulator.advanceTo(startMs + 4 * HOUR);
      expect(simulator.records.filter(({ type, elementId }) => type === 'elementCompleted' && elementId === 'beat')).toHaveLength(3);
    }
  });
});

describe('[L17.3] administrators', () => {
  const ADMIN = { user: 'root', roles: ['admin'], administers: true as const };

  it('give tasks of others away and back, within four eyes', () => {
    const simulator = line(
      { write: task(), read: task({ assign: { ...anybody, notSameAs: ['write'] } }) },
      'start -> write\nwrite -> read\nread -> end',
    );
    complete(simulator, 'write', ANNA);
    const taskKey = keyOf(simulator, 'read');
    const give = (user: string, roles: string[], by: Actor = ADMIN) =>
      refusedWith(simulator, { type: 'assignTask', actor: by, taskKey, assignee: user, assigneeRoles: roles, allowOverride: true });
    expect(
      simulator.apply({ type: 'assignTask', actor: BEN, taskKey, assignee: 'ben', assigneeRoles: ['clerk'], allowOverride: false }),
    ).toBeUndefined();
    expect(give('dora', ['finance'], { user: 'root', roles: ['admin'] })).toBe('not-a-candidate');
    expect(give('anna', ['clerk'])).toBe('excluded-by-four-eyes');
    expect(give('nobody', [])).toBe('assignee-not-a-candidate');
    expect(simulator.apply({ type: 'transferTask', actor: ADMIN, taskKey, to: 'eve', toRoles: [] })).toBeUndefined();
    expect(simulator.records.at(-1)).toMatchObject({
      type: 'taskTransferred',
      actor: 'root',
      previousAssignee: 'ben',
      task: { assignee: 'eve' },
    });
    expect(refusedWith(simulator, { type: 'delegateTask', actor: ADMIN, taskKey, to: 'dora', toRoles: ['finance'] })).toBe(
      'not-a-candidate',
    );
    expect(simulator.apply({ type: 'unassignTask', actor: ADMIN, taskKey })).toBeUndefined();
    expect(refusedWith(simulator, { type: 'unassignTask', actor: ADMIN, taskKey })).toBe('not-the-assignee');
    expect(refusedWith(simulator, { type: 'completeTask', actor: ADMIN, taskKey, outcome: null, data: {} })).toBe('not-a-candidate');
  });
});

describe('[L17.11] variables, incidents, cancelling', () => {
  it('variables are set where they are declared, and of their types', () => {
    const declared = { variables: { n: { type: { kind: 'number' as const } } } };
    const simulator = begin(graph('p', 'start -> write\nwrite -> end', { write: task() }, declared));
    const set = (variables: Record<string, string | number>) => ({ type: 'setVariables', actor: CHEN, variables }) as const;
    expect(refusedWith(simulator, set({ m: 1 }))).toBe('variable-unknown');
    expect(refusedWith(simulator, set({ n: 'one' }))).toBe('value-invalid');
    expect(simulator.apply(set({ n: 1 }))).toBeUndefined();
  });

  it('a canceled case leaves nothing behind, suspended or not', () => {
    const simulator = line({ write: task({ result: 'write', due: { after: 'PT1H' } }) }, 'start -> write\nwrite -> end');
    simulator.apply({ type: 'suspendCase', actor: CHEN, reason: null });
    expect(simulator.apply({ type: 'cancelInstance', actor: CHEN, reason: 'sold elsewhere' })).toBeUndefined();
    expect(simulator.state).toMatchObject({ status: 'canceled', tokens: {}, tasks: {}, timers: {} });
    expect(refusedWith(simulator, { type: 'cancelInstance', actor: CHEN, reason: null })).toBe('instance-not-active');
  });
});
