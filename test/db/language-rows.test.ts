import { distributeTask } from '../../db/assignment-repository';
import { findDefinition, loadClosure, publishDealership } from '../../db/definition-repository';
import { listEventStarts, listUnscheduled, markScheduled } from '../../db/event-start-repository';
import { readScopes, readVariables } from '../../db/instance-repository';
import { findMessage, listWaitingFor, putMessage, settleMessage } from '../../db/message-repository';
import { applyBatch } from '../../db/projection';
import { listUntold, markTold, takeSignalTargets } from '../../db/signal-repository';
import { findTask } from '../../db/task-repository';
import { UnknownVersionError } from '../../db/version-binding';
import type { Node, ProcessModel } from '../../engine/runtime/process-model';
import type { RecordBatch } from '../../engine/runtime/records';
import { dealership } from '../api/fixture';
import { call, feel, graph, receive, task } from '../engine/graph';
import { CaseBuilder } from './case-builder';
import { createTestDatabase, type TestDatabase } from './support';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

const tenant = <T>(work: Parameters<typeof test.db.tenant<T>>[1]) => test.db.tenant('tianhe', work);
const apply = (batch: RecordBatch, workflowId = 'w') => tenant((trx) => applyBatch(trx, batch, { workflowId }));

/** A dealership with these models beside those of the fixture; a model's hash is its id and `mark`. */
function withModels(mark: string, ...models: ProcessModel[]) {
  const base = dealership('tianhe');
  const added = Object.fromEntries(models.map((model) => [model.id, { id: model.id, hash: `${model.id}-${mark}`, model }]));
  return { ...base, processes: { ...base.processes, ...added } };
}

function starting(id: string, trigger: Extract<Node, { kind: 'startEvent' }>['trigger'], mark = ''): ProcessModel {
  const model = graph(id, 'begin -> work\nwork -> end', { work: task({ title: { zh: mark, en: mark } }) });
  delete model.nodes['start'];
  delete model.start;
  const begin = { kind: 'startEvent', id: 'begin', incoming: [], outgoing: ['begin>work'], ...(trigger && { trigger }) } as Node;
  return { ...model, nodes: { ...model.nodes, begin }, triggeredStarts: ['begin'] };
}

const onMessage = receive('order.signed', 'order.number', 'order') as Extract<ReturnType<typeof receive>, { trigger: unknown }>;

describe('variables', () => {
  it('lie in scopes, of which the inner ones hide the outer', async () => {
    const c = new CaseBuilder('v1');
    const inner = c.task('sign', { scopeKeys: ['v1-7', 'v1'] });
    await apply(
      c.start(
        { banks: ['a', 'b'], answer: 'outer' },
        { type: 'variablesSet', variables: { answer: 'inner', loopCounter: 1 }, scopeKey: 'v1-7' },
        c.opened(inner),
      ),
    );
    expect(await tenant((trx) => readVariables(trx, 'v1'))).toEqual({ answer: 'outer', banks: ['a', 'b'] });
    const stored = await tenant((trx) => findTask(trx, inner.key));
    expect(stored?.task.scopeKeys).toEqual(['v1-7', 'v1']);
    expect(await tenant((trx) => readScopes(trx, ['v1-7', 'v1']))).toEqual({ answer: 'inner', banks: ['a', 'b'], loopCounter: 1 });
  });
});

describe('tasks', () => {
  it('say for whom they were done, whose they are, and who alone may do them', async () => {
    const c = new CaseBuilder('t1');
    const only = c.task('again', { onlyUsers: ['li@tianhe'], followUpAtMs: 1_800_000_000_000 });
    const delegated = c.task('other', { assignee: 'wang@tianhe', delegatedBy: 'li@tianhe' });
    await apply(c.start({}, c.opened(only), c.opened(delegated)));
    expect(
      await test.system('select task_key, candidate from task_candidate where task_key = any ($1)', [[only.key, delegated.key]]),
    ).toEqual([{ task_key: only.key, candidate: 'user:li@tianhe' }]);
    await apply(c.batch({ type: 'taskCompleted', task: { ...only, state: 'COMPLETED', completedFor: 'li@tianhe' }, data: {} }));
    const [first, second] = await tenant(async (trx) => [await findTask(trx, only.key), await findTask(trx, delegated.key)]);
    expect(first?.task).toMatchObject({ completedFor: 'li@tianhe', followUpAtMs: 1_800_000_000_000, onlyUsers: ['li@tianhe'] });
    expect(second?.task).toMatchObject({ delegatedBy: 'li@tianhe', onlyUsers: null });
  });
});

describe('signals', () => {
  it('are awaited without a key, and a message takes none of their subscriptions', async () => {
    const c = new CaseBuilder('s1');
    const waits = { ...c.subscription('day.closed', 'x'), correlationKey: null };
    expect(await apply(c.start({}, { type: 'messageSubscribed', subscription: waits }), 'ws1')).toMatchObject({ matchedMessages: [] });
    const signal = { dealership: 'tianhe', signalId: 'sig', name: 'day.closed' };
    expect(await tenant((trx) => takeSignalTargets(trx, { ...signal, signalId: 'own', exceptRootKey: 's1' }))).toBe(0);
    expect(await tenant((trx) => takeSignalTargets(trx, signal))).toBe(1);
    const late = new CaseBuilder('s2');
    const waits2 = { ...late.subscription('day.closed', 'x'), correlationKey: null };
    await apply(late.start({}, { type: 'messageSubscribed', subscription: waits2 }), 'ws2');
    // who begins to wait later does not hear it
    expect(await tenant((trx) => takeSignalTargets(trx, signal))).toBe(1);
    const untold = () => tenant((trx) => listUntold(trx, 'tianhe', 'sig', 10));
    expect(await untold()).toEqual([{ position: 1, kind: 'case', rootKey: 's1', workflowId: 'ws1' }]);
    await tenant((trx) => markTold(trx, 'tianhe', 'sig', 1));
    expect(await untold()).toEqual([]);
  });
});

describe('distribution', () => {
  const question = (taskId: string, rule: 'members' | 'roundRobin' | 'shortestQueue', more = {}) => ({
    type: 'resolveAssignment' as const,
    taskId,
    rule,
    processId: 'p',
    elementId: 'e',
    candidateGroups: ['clerk'],
    candidateUsers: [],
    excludedUsers: [] as string[],
    ...more,
  });
  const ask = (...args: Parameters<typeof question>) => tenant((trx) => distributeTask(trx, 'tianhe', 'd1', question(...args)));

  it('goes in turn, by name at first, and answers once for each task', async () => {
    await publishDealership(test.db, dealership('tianhe'));
    expect(await ask('1', 'roundRobin')).toEqual({ assignee: 'clerk@tianhe', nobody: false });
    expect(await ask('2', 'roundRobin')).toEqual({ assignee: 'wang@tianhe', nobody: false });
    expect(await ask('3', 'roundRobin')).toEqual({ assignee: 'clerk@tianhe', nobody: false });
    expect(await ask('2', 'roundRobin')).toEqual({ assignee: 'wang@tianhe', nobody: false });
    expect(await ask('4', 'roundRobin', { excludedUsers: ['wang@tianhe'] })).toEqual({ assignee: 'clerk@tianhe', nobody: false });
  });

  it('goes to whom has the least to do', async () => {
    const c = new CaseBuilder('q1');
    await apply(c.start({}, c.opened(c.task('x', { assignee: 'clerk@tianhe' })), c.opened(c.task('x', { assignee: 'clerk@tianhe' }))));
    expect(await ask('11', 'shortestQueue')).toEqual({ assignee: 'wang@tianhe', nobody: false });
    expect(await ask('12', 'shortestQueue')).toEqual({ assignee: 'wang@tianhe', nobody: false });
    // what was given a moment ago counts, though its row is not there yet: now five to each
    expect((await ask('13', 'shortestQueue')).assignee).toBe('wang@tianhe');
    expect((await ask('14', 'shortestQueue')).assignee).toBe('clerk@tianhe');
    // what was closed by what asks counts no more, though its row is open still: five to wang, four to clerk
    const closed = await tenant((trx) => trx.query<{ task_key: string }>("select task_key from user_task where root_key = 'q1'"));
    const closedTaskKeys = closed.map(({ task_key }) => task_key);
    expect((await ask('15', 'shortestQueue', { closedTaskKeys })).assignee).toBe('clerk@tianhe');
  });

  it('says where there is nobody', async () => {
    expect(await ask('21', 'members')).toEqual({ assignee: null, nobody: false });
    expect(await ask('22', 'members', { candidateGroups: ['pilot'] })).toEqual({ assignee: null, nobody: true });
    expect(await ask('23', 'roundRobin', { excludedUsers: ['clerk@tianhe', 'wang@tianhe'] })).toEqual({ assignee: null, nobody: true });
  });
});

describe('starts by themselves', () => {
  const message = (messageId: string, timeToLiveMs = 0) => ({
    dealership: 'tianhe',
    messageId,
    name: 'order.signed',
    correlationKey: 'SO-1',
    variables: {},
    actor: { user: 'f', roles: [] },
    timeToLiveMs,
  });
  const put = (m: ReturnType<typeof message>) => tenant((trx) => putMessage(trx, m, `start-${m.messageId}`));

  it('follow the latest version of their process', async () => {
    const byMessage = starting('signed', onMessage.trigger as never);
    const byTimer = starting('nightly', { kind: 'timer', timer: { cron: '0 2 * * *' } });
    await publishDealership(test.db, withModels('1', byMessage, byTimer));
    expect(await tenant((trx) => listEventStarts(trx, 'tianhe', 'message', 'order.signed'))).toMatchObject([{ processId: 'signed' }]);
    const [timer, ...more] = await test.db.system(listUnscheduled);
    expect([timer, more]).toMatchObject([{ processId: 'nightly', nodeId: 'begin', withdrawn: false }, []]);
    await test.db.system((trx) => markScheduled(trx, timer as NonNullable<typeof timer>, null));
    expect(await test.db.system(listUnscheduled)).toEqual([]);
    await publishDealership(test.db, withModels('2', byMessage, graph('nightly', 'start -> end', {})));
    expect(await test.db.system(listUnscheduled)).toMatchObject([{ processId: 'nightly', withdrawn: true }]);
  });

  it('know a signal by a name that the settings make', async () => {
    const bySignal = starting('closing', { kind: 'signal', name: feel('"day." + settings.kind') });
    await publishDealership(test.db, { ...withModels('3', bySignal), settings: { kind: 'closed' } });
    expect(await tenant((trx) => listEventStarts(trx, 'tianhe', 'signal', 'day.closed'))).toMatchObject([{ processId: 'closing' }]);
  });

  it('are withdrawn with their process, and come again with it', async () => {
    const byMessage = starting('signed', onMessage.trigger as never);
    const starts = () => tenant((trx) => listEventStarts(trx, 'tianhe', 'message', 'order.signed'));
    expect(await starts()).toEqual([]);
    await publishDealership(test.db, withModels('1', byMessage));
    expect(await starts()).toMatchObject([{ processId: 'signed' }]);
  });

  it('take a message that no running case awaits, once; with a taken business key it is kept while it lives', async () => {
    expect(await put(message('m1'))).toEqual({ kind: 'starting', rootKey: 'start-m1' });
    expect(await put(message('m1'))).toEqual({ kind: 'starting', rootKey: 'start-m1' });
    await tenant((trx) => settleMessage(trx, 'tianhe', 'm1', 'BUFFERED', 'w9'));
    expect(await put(message('m1'))).toEqual({ kind: 'expired' });
    expect(await put(message('m2', 60_000))).toEqual({ kind: 'starting', rootKey: 'start-m2' });
    await tenant((trx) => settleMessage(trx, 'tianhe', 'm2', 'BUFFERED', 'w9'));
    expect(await tenant((trx) => listWaitingFor(trx, 'tianhe', 'w9'))).toEqual([{ dealership: 'tianhe', messageId: 'm2' }]);
    const c = new CaseBuilder('w9-case');
    await apply(c.start(), 'w9');
    const ended = c.instance({ state: 'COMPLETED', endedAtMs: 1 });
    expect(await apply(c.batch({ type: 'instanceCompleted', instance: ended }), 'w9')).toMatchObject({
      matchedMessages: [{ messageId: 'm2' }],
    });
    expect(await put(message('m2', 60_000))).toEqual({ kind: 'starting', rootKey: 'start-m2' });
    await tenant((trx) => settleMessage(trx, 'tianhe', 'm2', 'CORRELATED'));
    expect(await tenant((trx) => findMessage(trx, 'tianhe', 'm2'))).toEqual({ kind: 'correlated', rootKey: 'start-m2' });
  });

  it('come after a running case that awaits the message', async () => {
    const c = new CaseBuilder('m-case');
    await apply(c.start({}, { type: 'messageSubscribed', subscription: c.subscription('order.signed', 'SO-1') }), 'wm');
    expect(await put(message('m3'))).toMatchObject({ kind: 'matched', match: { rootKey: 'm-case' } });
  });
});

describe('pinned versions', () => {
  const callee = (mark: string) => graph('inner', 'start -> work\nwork -> end', { work: task({ title: { zh: mark, en: mark } }) });
  const caller = (version: number) => {
    const pinned = { ...call('inner'), binding: { kind: 'version' as const, version } };
    return graph('outer', 'start -> ask\nask -> end', { ask: pinned as ReturnType<typeof call> });
  };

  it('are bound when a process is published, to what they were', async () => {
    await publishDealership(test.db, withModels('a', callee('a'), caller(1)));
    await publishDealership(test.db, withModels('b', callee('b'), caller(1)));
    const closure = await tenant(async (trx) => {
      const definition = await findDefinition(trx, 'tianhe', 'outer');
      return definition === undefined ? undefined : loadClosure(trx, 'tianhe', definition);
    });
    expect(closure?.processes['inner@1']).toBe('inner-a');
    expect(closure?.models['inner-a']?.nodes['work']?.title).toEqual({ zh: 'a', en: 'a' });
  });

  it('that are not published are an error, and nothing is published', async () => {
    const wrong = publishDealership(test.db, withModels('c', callee('c'), caller(9)));
    await expect(wrong).rejects.toThrow(UnknownVersionError);
    await expect(wrong).rejects.toThrow('step "ask" calls version 9 of "inner", which is not published at "tianhe"');
    expect(await tenant((trx) => findDefinition(trx, 'tianhe', 'inner'))).toMatchObject({ version: 2 });
  });
});
