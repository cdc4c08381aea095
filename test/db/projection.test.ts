import { chainBatch, GENESIS } from '../../db/audit-chain';
import { findMessage, putMessage, settleMessage } from '../../db/message-repository';
import { applyAll, applyBatch, ProjectionConflictError, ProjectionGapError } from '../../db/projection';
import type { RecordBatch } from '../../engine/runtime/records';
import { CaseBuilder } from './case-builder';
import { createTestDatabase, type TestDatabase } from './support';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

const apply = (batch: RecordBatch, workflowId = 'w') => test.db.tenant(batch.dealership, (trx) => applyBatch(trx, batch, { workflowId }));
const noJournal = async () => [];

describe('writing batches', () => {
  it('makes the rows that the records say, and chains the events', async () => {
    const c = new CaseBuilder('k1');
    const review = c.task('review', {
      dueAtMs: 1_800_000_000_000,
      candidateUsers: ['li@tianhe', 'wu@tianhe'],
      excludedUsers: ['wu@tianhe'],
    });
    const first = c.start({ order: { number: 'SO-1', amount: '1800.00' } }, c.opened(review));
    const one = await apply(first, c.location.workflowId);
    expect(one).toMatchObject({ kind: 'applied', sequence: 1, matchedMessages: [], chainHead: chainBatch(first, GENESIS).head });
    expect(await test.system('select candidate from task_candidate where task_key = $1 order by 1', [review.key])).toEqual([
      { candidate: 'role:clerk' },
      { candidate: 'user:li@tianhe' },
    ]);

    const ship = c.task('shipTime', { candidateGroups: [], candidateUsers: ['salesman@tianhe'] });
    const second = c.batch(
      c.completed(review, 'clerk@tianhe', 'approve', { ok: true }),
      { type: 'variablesSet', variables: { review: { ok: true } } },
      c.opened(ship),
    );
    const two = await apply(second);
    expect(two).toMatchObject({ kind: 'applied', sequence: 2 });
    expect(await test.system('select name, value from variable where instance_key = $1 order by name', ['k1'])).toEqual([
      { name: 'order', value: { number: 'SO-1', amount: '1800.00' } },
      { name: 'review', value: { ok: true } },
    ]);
    expect(
      await test.system(
        'select task_key, state, completed_by, outcome, opened_sequence, changed_sequence from user_task where root_key = $1 order by task_key',
        ['k1'],
      ),
    ).toEqual([
      {
        task_key: review.key,
        state: 'COMPLETED',
        completed_by: 'clerk@tianhe',
        outcome: 'approve',
        opened_sequence: 1,
        changed_sequence: 2,
      },
      { task_key: ship.key, state: 'CREATED', completed_by: null, outcome: null, opened_sequence: 2, changed_sequence: 2 },
    ]);
    expect(await test.system('select task_key, candidate from task_candidate')).toEqual([
      { task_key: ship.key, candidate: 'user:salesman@tianhe' },
    ]);
    expect(
      await test.system(`select applied_sequence as seq, encode(chain_head, 'hex') as head, workflow_id, state from process_instance`),
    ).toEqual([{ seq: 2, head: (two as { chainHead: string }).chainHead, workflow_id: c.location.workflowId, state: 'ACTIVE' }]);
    const events = await test.system<{ prev: string; hash: string; type: string }>(
      `select encode(prev_hash, 'hex') as prev, encode(hash, 'hex') as hash, type from audit_event where root_key = 'k1' order by sequence, position`,
    );
    expect(events.map((event) => event.type)).toEqual(['instanceStarted', 'taskOpened', 'taskCompleted', 'variablesSet', 'taskOpened']);
    expect(events.map((event) => event.prev)).toEqual([GENESIS, ...events.slice(0, -1).map((event) => event.hash)]);
  });

  it('keeps called processes, ends and incidents, and follows claim, release and escalation', async () => {
    const c = new CaseBuilder('k2');
    const task = c.task('payment');
    await apply(c.start({}, c.opened(task)));
    const child = c.instance({ key: 'k2-c', parentKey: 'k2', processId: 'confirm-payment' });
    const incident = {
      key: 'k2-i',
      instanceKey: 'k2-c',
      elementId: 'ask',
      code: 'connector-failed' as const,
      message: 'no carrier',
      state: 'ACTIVE' as const,
      openedAtMs: c.nowMs,
      resolvedAtMs: null,
      resolvedBy: null,
    };
    await apply(
      c.batch(
        { type: 'instanceStarted', instance: child, variables: { at: '2026-03-02' }, instanceKey: 'k2-c' },
        { type: 'incidentOpened', incident, instanceKey: 'k2-c' },
        { type: 'taskAssigned', task: { ...task, assignee: 'clerk@tianhe' }, previousAssignee: null },
      ),
    );
    const candidates = () => test.system('select candidate from task_candidate where task_key = $1 order by 1', [task.key]);
    expect(await candidates()).toEqual([]);
    expect(
      await test.system(`select instance_key, parent_key, applied_sequence from process_instance where root_key = 'k2' order by 1`),
    ).toEqual([
      { instance_key: 'k2', parent_key: null, applied_sequence: 2 },
      { instance_key: 'k2-c', parent_key: 'k2', applied_sequence: null },
    ]);
    await apply(
      c.batch(
        { type: 'taskUnassigned', task, previousAssignee: 'clerk@tianhe' },
        { type: 'incidentResolved', incident: { ...incident, state: 'RESOLVED', resolvedBy: 'admin@tianhe', resolvedAtMs: c.nowMs } },
      ),
    );
    expect(await candidates()).toEqual([{ candidate: 'role:clerk' }]);
    const escalated = { ...task, candidateGroups: ['sales-manager'], escalatedTo: ['sales-manager'] };
    await apply(c.batch({ type: 'taskEscalated', task: escalated, rule: 'toManager', roles: ['sales-manager'] }));
    expect(await candidates()).toEqual([{ candidate: 'role:sales-manager' }]);
    await apply(
      c.batch(
        { type: 'taskCanceled', task: { ...escalated, state: 'CANCELED' } },
        { type: 'instanceCanceled', instance: c.instance({ state: 'CANCELED', endedAtMs: c.nowMs }), reason: null },
      ),
    );
    expect(await candidates()).toEqual([]);
    expect(await test.system(`select state, applied_sequence from process_instance where instance_key = 'k2'`)).toEqual([
      { state: 'CANCELED', applied_sequence: 5 },
    ]);
    expect(await test.system(`select state, resolved_by from incident where incident_key = 'k2-i'`)).toEqual([
      { state: 'RESOLVED', resolved_by: 'admin@tianhe' },
    ]);
  });

  it('stores text that PostgreSQL cannot hold, and the audit log keeps it as it was', async () => {
    const c = new CaseBuilder('k3');
    const bad = 'a\u0000b\ud800c\\u0000';
    const first = c.start({ answer: bad });
    await apply(first);
    expect(await test.system(`select value from variable where instance_key = 'k3'`)).toEqual([{ value: 'a\ufffdb\ufffdc\\u0000' }]);
    const [event] = await test.system<{ record: string }>(`select record::text from audit_event where root_key = 'k3'`);
    expect(JSON.parse(event!.record)).toMatchObject({ variables: { answer: bad } });
    expect(await apply(first)).toMatchObject({ kind: 'already' });
  });
});

describe('the order of batches', () => {
  it('writes a repeated batch once, and alarms where it differs', async () => {
    const c = new CaseBuilder('k4');
    const first = c.start({ a: 1 });
    const second = c.batch({ type: 'variablesSet', variables: { a: 2 } });
    await apply(first);
    const { chainHead } = (await apply(second)) as { chainHead: string };
    expect(await apply(first)).toEqual({ kind: 'already', sequence: 2, chainHead });
    expect(await apply(second)).toEqual({ kind: 'already', sequence: 2, chainHead });
    const other: RecordBatch = { ...second, records: [{ ...second.records[0]!, atMs: 1 }] };
    await expect(apply(other)).rejects.toThrow(ProjectionConflictError);
    await expect(apply({ ...second, records: [] })).rejects.toThrow('batch 2 of case "k4" differs from the one that is written');
    await expect(apply({ ...first, records: first.records.map((r) => ({ ...r, actor: 'x' })) })).rejects.toThrow(ProjectionConflictError);
  });

  it('reports a gap and writes nothing', async () => {
    const c = new CaseBuilder('k5');
    const batches = [
      c.start(),
      c.batch({ type: 'variablesSet', variables: { a: 1 } }),
      c.batch({ type: 'variablesSet', variables: { a: 2 } }),
    ];
    expect(await apply(batches[1]!)).toEqual({ kind: 'gap', expected: 1 });
    await apply(batches[0]!);
    expect(await apply(batches[2]!)).toEqual({ kind: 'gap', expected: 2 });
    expect(await test.system(`select 1 from audit_event where root_key = 'k5'`)).toHaveLength(1);
  });

  it('waits for a writer that is about to fill the gap', async () => {
    const c = new CaseBuilder('k6');
    const batches = [c.start(), c.batch({ type: 'variablesSet', variables: { a: 1 } })];
    const late = new Promise((resolve) => setTimeout(resolve, 120)).then(() => apply(batches[0]!));
    const journal = jest.fn(noJournal);
    expect(await applyAll(test.db, c.location, [batches[1]!], journal)).toMatchObject({ sequence: 2 });
    expect(journal).not.toHaveBeenCalled();
    await late;
  });

  it('asks the journal where nobody fills the gap, and says so where it has nothing', async () => {
    const c = new CaseBuilder('k7');
    const batches = [
      c.start(),
      c.batch({ type: 'variablesSet', variables: { a: 1 } }),
      c.batch({ type: 'variablesSet', variables: { a: 2 } }),
    ];
    await expect(applyAll(test.db, c.location, [batches[2]!], noJournal)).rejects.toThrow(ProjectionGapError);
    const journal = jest.fn(async (from: number) => batches.filter((batch) => batch.sequence >= from));
    const finish = jest.fn(async () => undefined);
    expect(await applyAll(test.db, c.location, [batches[2]!], journal, finish)).toMatchObject({ sequence: 3 });
    expect(journal).toHaveBeenCalledWith(1);
    expect(finish).toHaveBeenCalledTimes(1);
  });

  it('lets one of two writers write, for every batch of a case', async () => {
    const c = new CaseBuilder('k8');
    const batches = [c.start(), ...Array.from({ length: 10 }, (_, i) => c.batch({ type: 'variablesSet' as const, variables: { i } }))];
    const writer = () => applyAll(test.db, c.location, batches, noJournal);
    const results = await Promise.all([writer(), writer(), writer()]);
    expect(new Set(results.map((result) => result.chainHead)).size).toBe(1);
    expect(await test.system(`select 1 from audit_event where root_key = 'k8'`)).toHaveLength(11);
  });

  it('refuses the batch of another dealership', async () => {
    const c = new CaseBuilder('k9', 'haizhu');
    const batch = c.start();
    await expect(test.db.tenant('tianhe', (trx) => applyBatch(trx, batch, c.location))).rejects.toThrow(/row-level security/);
  });
});

describe('messages', () => {
  const message = (messageId: string, timeToLiveMs = 60_000) => ({
    dealership: 'tianhe',
    messageId,
    name: 'payment.received',
    correlationKey: 'SO-1',
    variables: { amount: '1.00' },
    actor: { user: 'finance@tianhe', roles: [] },
    timeToLiveMs,
  });
  const put = (m: ReturnType<typeof message>) => test.db.tenant('tianhe', (trx) => putMessage(trx, m, 'start-key'));

  it('matches a buffered message when the subscription opens, oldest first, each once', async () => {
    expect(await put(message('m0', 0))).toEqual({ kind: 'expired' });
    expect(await put(message('m1'))).toMatchObject({ kind: 'buffered' });
    expect(await put(message('m2'))).toMatchObject({ kind: 'buffered' });
    const c = new CaseBuilder('m-case');
    await apply(c.start());
    const opened = await apply(c.batch({ type: 'messageSubscribed', subscription: c.subscription('payment.received', 'SO-1') }), 'w-m');
    expect(opened).toMatchObject({
      matchedMessages: [{ messageId: 'm1', rootKey: 'm-case', workflowId: 'w-m', variables: { amount: '1.00' } }],
    });
    expect(await put(message('m1'))).toMatchObject({ kind: 'matched', match: { messageId: 'm1', workflowId: 'w-m' } });
    await test.db.tenant('tianhe', (trx) => settleMessage(trx, 'tianhe', 'm1', 'CORRELATED'));
    expect(await test.db.tenant('tianhe', (trx) => findMessage(trx, 'tianhe', 'm1'))).toEqual({ kind: 'correlated', rootKey: 'm-case' });
    expect(await put(message('m2'))).toMatchObject({ kind: 'matched' });
    await apply(c.batch({ type: 'messageUnsubscribed', subscription: c.subscription('payment.received', 'SO-1', false) }));
    await test.db.tenant('tianhe', (trx) => settleMessage(trx, 'tianhe', 'm2', 'BUFFERED'));
    expect(await put(message('m2'))).toMatchObject({ kind: 'buffered' });
  });
});
