import type { Actor } from '../../engine/runtime/events';
import type { ReturnRule, SigningRule, UserTaskNode } from '../../engine/runtime/process-model';
import type { CaseSimulator } from '../../engine/simulate/case-simulator';
import { type BareNode, feel, openSteps, task } from './graph';
import { ANNA, anybody, BEN, CHEN, complete, DORA, keyOf, line, person, refusedWith, STRAIGHT } from './people';

const ALL: SigningRule = { mode: 'all', early: true, tie: 'disagree', samePerson: 'each' };
const APPROVAL = ['approve', 'reject', 'abstain'].map((id) => ({ id, title: { zh: id, en: id } }));

const signed = (signing: Partial<SigningRule>, more: Partial<UserTaskNode> = {}): BareNode =>
  task({
    outcomes: APPROVAL,
    signing: { ...ALL, ...signing },
    assign: { roles: [], users: [feel('["anna", "ben", "chen"]')], exclude: [] },
    ...more,
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
