import type { Actor } from '../../engine/runtime/events';
import type { ReturnRule, SigningRule, UserTaskNode } from '../../engine/runtime/process-model';
import type { CaseSimulator } from '../../engine/simulate/case-simulator';
import { type BareNode, begin, feel, graph, openSteps, parallel, script, service, task } from './graph';

const person = (user: string, ...roles: string[]): Actor => ({ user, roles });
const ANNA = person('anna', 'clerk');
const BEN = person('ben', 'clerk');
const CHEN = person('chen', 'manager');
const DORA = person('dora', 'finance');

const AGAIN: ReturnRule = { to: ['write'], after: 'again', effects: 'compensate', maximum: 3, signing: 'all' };
const STRAIGHT: ReturnRule = { ...AGAIN, after: 'straightBack' };
const ALL: SigningRule = { mode: 'all', early: true, tie: 'disagree', samePerson: 'each' };
const APPROVAL = ['approve', 'reject', 'abstain'].map((id) => ({ id, title: { zh: id, en: id } }));
const anybody = { roles: ['clerk', 'manager', 'finance'], users: [], exclude: [] };

const signed = (signing: Partial<SigningRule>, more: Partial<UserTaskNode> = {}): BareNode =>
  task({
    outcomes: APPROVAL,
    signing: { ...ALL, ...signing },
    assign: { roles: [], users: [feel('["anna", "ben", "chen"]')], exclude: [] },
    ...more,
  });

const keyOf = (simulator: CaseSimulator, step: string, who?: string): string =>
  simulator.tasksOf(step).find((one) => who === undefined || one.candidateUsers.includes(who) || one.assignee === who)?.key ?? 'none';

function complete(simulator: CaseSimulator, step: string, actor: Actor, outcome: string | null = null): string | undefined {
  return simulator.apply({
    type: 'completeTask',
    actor,
    taskKey: keyOf(simulator, step, step === 'sign' ? actor.user : undefined),
    outcome,
    data: {},
  })?.code;
}

/** Applies what must be refused: with its code, and without any change. */
function refusedWith(simulator: CaseSimulator, event: Parameters<CaseSimulator['apply']>[0]): string | undefined {
  const before = simulator.state;
  const refusal = simulator.apply(event);
  expect(simulator.state).toBe(before);
  return refusal?.code;
}

const line = (nodes: Record<string, BareNode>, lines: string) => begin(graph('p', lines, nodes));

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

describe('[L17.6] signing', () => {
  const signing = (rule: Partial<SigningRule>, more: Partial<UserTaskNode> = {}) =>
    line({ sign: signed(rule, { result: 'signed', ...more }) }, 'start -> sign\nsign -> end');
  const outcome = (simulator: CaseSimulator) =>
    simulator.records.flatMap((record) => (record.type === 'signingDecided' ? [record.outcome] : []))[0];

  it('all: everybody agrees, or the first who does not decides', () => {
    const simulator = signing({});
    for (const who of [ANNA, BEN]) complete(simulator, 'sign', who, 'approve');
    expect(simulator.state.status).toBe('active');
    complete(simulator, 'sign', CHEN, 'approve');
    expect([simulator.state.status, outcome(simulator)]).toEqual(['completed', 'approve']);

    const rejected = signing({});
    complete(rejected, 'sign', BEN, 'reject');
    expect([rejected.state.status, outcome(rejected)]).toEqual(['completed', 'reject']);
    expect(rejected.state.tasks).toEqual({});
  });

  it('any: the first signature decides', () => {
    const simulator = signing({ mode: 'any' });
    complete(simulator, 'sign', CHEN, 'approve');
    expect([simulator.state.status, outcome(simulator)]).toEqual(['completed', 'approve']);
  });

  it('sequential: one after the other', () => {
    const simulator = signing({ mode: 'sequential' });
    expect(simulator.tasksOf('sign').map(({ candidateUsers }) => candidateUsers)).toEqual([['anna']]);
    complete(simulator, 'sign', ANNA, 'approve');
    expect(complete(simulator, 'sign', CHEN, 'approve')).toBe('task-not-found');
    complete(simulator, 'sign', BEN, 'approve');
    complete(simulator, 'sign', CHEN, 'approve');
    expect(outcome(simulator)).toBe('approve');
  });

  it.each([
    [{ share: '0.6' }, ['approve', 'reject'], undefined],
    [{ share: '0.6' }, ['approve', 'reject', 'approve'], 'approve'],
    [{ share: '0.6' }, ['reject', 'reject'], 'reject'],
    [{ share: '0.6' }, ['approve', 'approve'], 'approve'],
    [{ share: '0.6', early: false }, ['approve', 'approve'], undefined],
    [{ share: '1' }, ['reject'], 'reject'],
    [{ share: '0.5', weights: { anna: 2 }, tie: 'agree' }, ['approve'], 'approve'],
    [{ share: '0.5', weights: { anna: 2 }, tie: 'disagree', early: false }, ['approve', 'reject', 'reject'], 'reject'],
    [{ share: '0.6', of: 'votes' }, ['approve', 'abstain', 'reject'], 'reject'],
    [{ share: '0.6', of: 'votes' }, ['approve', 'abstain', 'approve'], 'approve'],
    [{ share: '0.6', veto: ['chen'] }, ['approve', undefined, 'reject'], 'reject'],
  ] as [Partial<SigningRule>, (string | undefined)[], string | undefined][])('vote: %j with %j gives %s', (rule, votes, expected) => {
    const simulator = signing({ mode: 'vote', tie: 'disagree', ...rule });
    for (const [index, vote] of votes.entries()) {
      if (vote !== undefined) complete(simulator, 'sign', [ANNA, BEN, CHEN][index] as Actor, vote);
    }
    expect(outcome(simulator)).toBe(expected);
  });

  it('adds signers before, beside and after, and takes them out again', () => {
    const simulator = signing({ mode: 'sequential' }, { mayAddSigners: ['before', 'beside', 'after'] });
    const add = (place: 'before' | 'beside' | 'after', user: string, key = keyOf(simulator, 'sign')) =>
      simulator.apply({ type: 'addSigner', actor: ANNA, taskKey: key, place, user });
    add('after', 'dora');
    expect(add('after', 'dora')?.code).toBe('signer-known-already');
    add('before', 'emil');
    expect(simulator.tasksOf('sign').map(({ candidateUsers }) => candidateUsers)).toEqual([['emil']]);
    complete(simulator, 'sign', person('emil'), 'approve');
    complete(simulator, 'sign', ANNA, 'approve');
    expect(simulator.tasksOf('sign').map(({ candidateUsers }) => candidateUsers)).toEqual([['dora']]);
    complete(simulator, 'sign', DORA, 'approve');
    const taskKey = keyOf(simulator, 'sign');
    expect(simulator.apply({ type: 'addSigner', actor: BEN, taskKey, place: 'beside', user: 'fay' })).toBeUndefined();
    expect(refusedWith(simulator, { type: 'removeSigner', actor: BEN, taskKey, user: 'chen' })).toBe('not-allowed-here');
    expect(simulator.apply({ type: 'removeSigner', actor: BEN, taskKey, user: 'fay' })).toBeUndefined();
    expect(refusedWith(simulator, { type: 'removeSigner', actor: BEN, taskKey, user: 'fay' })).toBe('signer-unknown');
    complete(simulator, 'sign', BEN, 'approve');
    complete(simulator, 'sign', CHEN, 'approve');
    expect([simulator.state.status, outcome(simulator)]).toEqual(['completed', 'approve']);
  });

  it('makes a task of one person a signing, whose own data are the result', () => {
    const simulator = line(
      { write: task({ result: 'write', mayAddSigners: ['before'], assign: anybody }) },
      'start -> write\nwrite -> end',
    );
    const taskKey = keyOf(simulator, 'write');
    expect(refusedWith(simulator, { type: 'addSigner', actor: ANNA, taskKey, place: 'after', user: 'dora' })).toBe('not-allowed-here');
    simulator.apply({ type: 'addSigner', actor: ANNA, taskKey, place: 'before', user: 'dora' });
    simulator.apply({ type: 'completeTask', actor: DORA, taskKey: keyOf(simulator, 'write'), outcome: null, data: { advice: 'yes' } });
    expect(simulator.state.status).toBe('active');
    simulator.apply({ type: 'completeTask', actor: ANNA, taskKey: keyOf(simulator, 'write'), outcome: null, data: { price: 7 } });
    const set = simulator.records.flatMap((record) => (record.type === 'variablesSet' ? [record.variables] : [])).at(-1);
    expect(set).toMatchObject({ write: { price: 7, signatures: [{ by: 'dora' }, { by: 'anna' }] } });
    expect(simulator.state.status).toBe('completed');
  });

  it('one signature counts for all of the same person where the definition says so', () => {
    const rule = { assign: { roles: ['manager'], users: [feel('["chen", "ben"]')], exclude: [] } };
    const simulator = signing({ samePerson: 'once' }, rule);
    complete(simulator, 'sign', CHEN, 'approve');
    expect(simulator.tasksOf('sign').map(({ candidateUsers }) => candidateUsers)).toEqual([['ben']]);
    complete(simulator, 'sign', BEN, 'approve');
    expect(outcome(simulator)).toBe('approve');
  });

  it('mine: one signer sends the case back, the others sign meanwhile', () => {
    const rule: ReturnRule = { ...STRAIGHT, signing: 'mine' };
    const simulator = line(
      { write: task({ result: 'write', assign: anybody }), sign: signed({}, { result: 'signed', return: rule }) },
      'start -> write\nwrite -> sign\nsign -> end',
    );
    complete(simulator, 'write', DORA);
    simulator.apply({ type: 'returnTask', actor: BEN, taskKey: keyOf(simulator, 'sign', 'ben'), target: 'write', reason: null });
    expect(openSteps(simulator)).toEqual(['sign', 'sign', 'write']);
    complete(simulator, 'sign', ANNA, 'approve');
    complete(simulator, 'sign', CHEN, 'approve');
    expect(openSteps(simulator)).toEqual(['write']);
    complete(simulator, 'write', DORA);
    complete(simulator, 'sign', BEN, 'approve');
    expect([simulator.state.status, outcome(simulator)]).toEqual(['completed', 'approve']);
  });

  it('a time-out signs as a reserved actor', () => {
    const overdue = [{ id: 'late', after: 'PT1H', times: 1, action: { kind: 'decide', outcome: 'reject' } as const }];
    const simulator = signing({ mode: 'vote', share: '0.6' }, { due: { after: 'PT1H' }, overdue });
    complete(simulator, 'sign', ANNA, 'approve');
    simulator.advanceTo(simulator.nowMs + 7_200_000);
    expect([simulator.state.status, outcome(simulator)]).toEqual(['completed', 'reject']);
    const by = simulator.records.flatMap((record) => (record.type === 'taskCompleted' ? [record.task.completedBy] : []));
    expect(by).toEqual(['anna', 'system:timeout', 'system:timeout']);
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

  it('sameAs: only who did that step', () => {
    const simulator = two({ sameAs: 'write' });
    complete(simulator, 'write', ANNA);
    expect(complete(simulator, 'check', BEN)).toBe('not-the-same-person');
    expect(complete(simulator, 'check', ANNA)).toBeUndefined();
  });

  it('familiar: who did that step gets the task, others may still take it', () => {
    const simulator = two({ familiar: 'write' });
    complete(simulator, 'write', ANNA);
    expect(simulator.tasksOf('check')).toMatchObject([{ assignee: 'anna' }]);
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
