import { applyBatch } from '../../db/projection';
import { listTasksWithoutAnybody } from '../../db/task-repository';
import { createCursors } from '../../server/cursors';
import { unattendedTasks } from '../../server/unattended-tasks';
import { CaseBuilder } from '../db/case-builder';
import { createTestApi, type TestApi } from './support';

let api: TestApi;
const due = (day: number) => Date.UTC(2026, 4, day);

beforeAll(async () => {
  api = await createTestApi();
  for (let i = 0; i < 12; i++) {
    const c = new CaseBuilder(`list-${String(i).padStart(2, '0')}`, i === 11 ? 'haizhu' : 'tianhe');
    const task = c.task('review', {
      dueAtMs: i % 4 === 3 ? null : due(20 - (i % 5)),
      priority: 10 * (i % 3),
      candidateGroups: i % 2 === 0 ? ['clerk'] : ['clerk', 'finance'],
      candidateUsers: i === 4 ? ['clerk@tianhe'] : [],
      excludedUsers: i === 5 ? ['clerk@tianhe'] : [],
      assignee: i === 6 ? 'clerk@tianhe' : null,
    });
    const batch = c.start({ i }, c.opened(task));
    await api.db.tenant(c.dealership, (trx) => applyBatch(trx, batch, c.location));
  }
});
afterAll(() => api.drop());

interface Task {
  userTaskKey: string;
  dueDate: string | null;
  priority: number;
}

async function pages(
  next: (after: string | undefined) => Promise<{ items: Task[]; page: { endCursor: string | null; hasMore: boolean } }>,
): Promise<Task[][]> {
  const found: Task[][] = [];
  let after: string | undefined;
  for (;;) {
    const { items, page } = await next(after);
    if (items.length === 0) return found;
    found.push(items);
    expect(page.endCursor).not.toBeNull();
    if (!page.hasMore) return found;
    after = page.endCursor as string;
  }
}

const keys = (tasks: Task[]) => tasks.map(({ userTaskKey }) => userTaskKey.slice(5, 7));

describe('GET /v1/user-tasks', () => {
  it('pages through what the caller may claim, by due date, each once', async () => {
    const clerk = await api.as('clerk@tianhe');
    const found = await pages(
      async (after) => (await clerk.get(`/v1/user-tasks?assignee=none&limit=4${after === undefined ? '' : `&after=${after}`}`)).body,
    );
    expect(found.map((page) => page.length)).toEqual([4, 4, 1]);
    const all = found.flat();
    expect(keys(all).sort()).toEqual(['00', '01', '02', '03', '04', '07', '08', '09', '10']);
    const dates = all.map(({ dueDate }) => dueDate ?? '9999');
    expect(dates).toEqual([...dates].sort());
  });

  it('follows the Link header', async () => {
    const finance = await api.as('finance@tianhe');
    const first = await finance.get('/v1/user-tasks?assignee=none&limit=2');
    const link = /^<([^>]+)>; rel="next"$/.exec(first.get('Link')!)![1]!;
    const second = await finance.get(link);
    expect(second.status).toBe(200);
    const both = keys([...first.body.items, ...second.body.items]);
    expect(new Set(both).size).toBe(4);
    expect(['01', '03', '05', '07', '09']).toEqual(expect.arrayContaining(both));
    expect((await finance.get('/v1/user-tasks?assignee=none&limit=500')).get('Link')).toBeUndefined();
  });

  it("shows one's own tasks, and all of them to who may see all", async () => {
    const clerk = await api.as('clerk@tianhe');
    expect(keys((await clerk.get('/v1/user-tasks?assignee=me')).body.items)).toEqual(['06']);
    const work = await pages(
      async (after) => (await clerk.get(`/v1/user-tasks?limit=3${after === undefined ? '' : `&after=${after}`}`)).body,
    );
    expect(keys(work.flat()).sort()).toEqual(['00', '01', '02', '03', '04', '06', '07', '08', '09', '10']);
    const dates = work.flat().map(({ dueDate }) => dueDate ?? '9999');
    expect(dates).toEqual([...dates].sort());
    expect((await (await api.as('auditor@tianhe')).get('/v1/user-tasks')).body.items).toHaveLength(11);
    expect((await (await api.as('warehouse@tianhe')).get('/v1/user-tasks')).body.items).toHaveLength(0);
    expect((await (await api.as('clerk@haizhu')).get('/v1/user-tasks')).body.items).toHaveLength(1);
  });
});

describe('cursors', () => {
  it('belong to their query and their dealership, and cannot be forged', async () => {
    const clerk = await api.as('clerk@tianhe');
    const { endCursor } = (await clerk.get('/v1/user-tasks?assignee=none&limit=2')).body.page;
    const other = await (await api.as('clerk@haizhu')).get(`/v1/user-tasks?assignee=none&limit=2&after=${endCursor}`);
    expect([other.status, other.body.code]).toEqual([400, 'cursor-invalid']);
    expect((await clerk.get(`/v1/user-tasks?assignee=me&after=${endCursor}`)).body.code).toBe('cursor-invalid');
    const search = await clerk.post('/v1/user-tasks/search', { page: { after: endCursor } });
    expect(search.body.code).toBe('cursor-invalid');
    for (const forged of ['x', 'AAAA', `${endCursor.startsWith('A') ? 'B' : 'A'}${endCursor.slice(1)}`, `${endCursor}AA`]) {
      const answer = await clerk.get(`/v1/user-tasks?assignee=none&after=${forged}`);
      expect([answer.status, answer.body.code]).toEqual([400, 'cursor-invalid']);
    }
  });

  it('are taken by another process of the same installation', async () => {
    const cursor = await createCursors(api.db).write({ a: 1 }, ['x', 2]);
    expect(await createCursors(api.db).read({ a: 1 }, cursor)).toEqual(['x', 2]);
  });
});

describe('POST /v1/user-tasks/search', () => {
  const sorts = [
    [{ field: 'priority', order: 'DESC' }, { field: 'dueDate' }],
    [{ field: 'dueDate', order: 'DESC' }],
    [{ field: 'creationDate' }, { field: 'priority', order: 'DESC' }],
    [],
  ];
  it.each(sorts.map((sort) => [JSON.stringify(sort), sort] as const))('pages in any order: %s', async (_, sort) => {
    const auditor = await api.as('auditor@tianhe');
    const search = async (limit: number, after?: string) =>
      (await auditor.post('/v1/user-tasks/search', { sort, page: { limit, ...(after === undefined ? {} : { after }) } })).body;
    const whole = (await search(500)).items as Task[];
    expect(whole).toHaveLength(11);
    const paged = (await pages((after) => search(3, after))).flat();
    expect(paged.map(({ userTaskKey }) => userTaskKey)).toEqual(whole.map(({ userTaskKey }) => userTaskKey));
  });

  it('filters', async () => {
    const auditor = await api.as('auditor@tianhe');
    const found = async (filter: object) => keys((await auditor.post('/v1/user-tasks/search', { filter })).body.items).sort();
    expect(await found({ candidateGroup: 'finance' })).toEqual(['01', '03', '05', '07', '09']);
    expect(await found({ assignee: 'clerk@tianhe' })).toEqual(['06']);
    expect(await found({ assignee: null, candidateUser: 'clerk@tianhe' })).toEqual(['04']);
    expect(await found({ processInstanceKey: 'list-02' })).toEqual(['02']);
    expect(
      await found({ businessKey: 'SO-list-03', elementId: 'review', state: 'CREATED', processDefinitionId: 'order-to-delivery' }),
    ).toEqual(['03']);
    expect(await found({ state: 'COMPLETED' })).toEqual([]);
    expect((await auditor.post('/v1/user-tasks/search', { filter: { colour: 'red' } })).status).toBe(400);
  });
});

describe('instances', () => {
  it('are searched, the latest first, by those who may see them', async () => {
    const search = async (user: string, body: object) => (await (await api.as(user)).post('/v1/process-instances/search', body)).body;
    const first = await search('auditor@tianhe', { page: { limit: 6 } });
    expect(first.items).toHaveLength(6);
    const rest = await search('auditor@tianhe', { page: { limit: 6, after: first.page.endCursor } });
    expect(new Set([...first.items, ...rest.items].map((item: { processInstanceKey: string }) => item.processInstanceKey)).size).toBe(11);
    expect((await search('finance@tianhe', {})).items).toHaveLength(5);
    expect((await search('salesman@tianhe', {})).items).toHaveLength(10 + 1);
    expect((await search('warehouse@tianhe', {})).items).toHaveLength(0);
    expect((await search('clerk@tianhe', { filter: { businessKey: 'SO-list-03' } })).items).toEqual([
      expect.objectContaining({ processInstanceKey: 'list-03', state: 'ACTIVE' }),
    ]);
    expect((await search('clerk@tianhe', { filter: { state: 'COMPLETED' } })).items).toEqual([]);
  });

  it('tell their history in pages', async () => {
    const auditor = await api.as('auditor@tianhe');
    const first = (await auditor.get('/v1/process-instances/list-01/history?limit=1')).body;
    expect(first.items).toEqual([
      expect.objectContaining({
        sequence: 1,
        position: 0,
        type: 'instanceStarted',
        actor: 'salesman@tianhe',
        data: expect.objectContaining({ variables: { i: 1 } }),
      }),
    ]);
    const second = (await auditor.get(`/v1/process-instances/list-01/history?limit=5&after=${first.page.endCursor}`)).body;
    expect(second.items.map(({ type }: { type: string }) => type)).toEqual(['taskOpened']);
    expect(second.page.hasMore).toBe(false);
  });
});

describe('definitions and forms', () => {
  it('are shown in the language of the request', async () => {
    const salesman = await api.as('salesman@tianhe');
    expect((await salesman.get('/v1/process-definitions')).body.items).toEqual([
      expect.objectContaining({ processDefinitionId: 'book-transport', name: 'Book transport', version: 1, startable: false }),
      expect.objectContaining({ processDefinitionId: 'order-to-delivery', startable: true }),
    ]);
    const definition = (await salesman.get('/v1/process-definitions/order-to-delivery').set('Accept-Language', 'zh')).body;
    expect(definition.startForm.properties.number).toEqual({ type: 'string', minLength: 1, title: '编号' });
    expect(Object.keys(definition.startForm.properties)).toEqual(['number', 'amount', 'salesman']);
  });

  it('come with a task: schema, values, what is shown beside, outcomes', async () => {
    const { review } = await api.order('FORM-1');
    const task = (await (await api.as('clerk@tianhe')).get(`/v1/user-tasks/${review}`)).body;
    expect(task.outcomes).toEqual([
      { id: 'approve', title: 'Approve' },
      { id: 'return', title: 'Return' },
    ]);
    expect(task.form).toMatchObject({
      id: 'order-review',
      title: 'Order review',
      values: {},
      shows: [{ expression: 'order.number', value: 'FORM-1' }],
    });
    expect(task.form.schema.properties.creditChecked.title).toBe('Credit checked');
  });
});

describe('tasks that nobody may do', () => {
  it('[L16.2] are found, and are told once to operators', async () => {
    const groups = { nobody: ['apprentice'], excluded: [], held: ['apprentice'] };
    for (const [name, candidateGroups] of Object.entries(groups)) {
      const c = new CaseBuilder(`none-${name}`, 'tianhe');
      const excludedUsers = name === 'excluded' ? ['clerk@tianhe'] : [];
      const candidateUsers = excludedUsers;
      const task = c.task('review', { candidateGroups, candidateUsers, excludedUsers, assignee: name === 'held' ? 'clerk@tianhe' : null });
      const batch = c.start({}, c.opened(task));
      await api.db.tenant('tianhe', (trx) => applyBatch(trx, batch, c.location));
    }
    const auditor = await api.as('auditor@tianhe');
    const found = async (filter: object) =>
      ((await auditor.post('/v1/user-tasks/search', { filter })).body.items as { processInstanceKey: string }[]).map(
        (task) => task.processInstanceKey,
      );
    expect((await found({ withoutAnybody: true })).sort()).toEqual(['none-excluded', 'none-nobody']);
    expect(await found({ withoutAnybody: false, processInstanceKey: 'none-held' })).toEqual(['none-held']);
    const told = await api.db.system((trx) => listTasksWithoutAnybody(trx, 100));
    expect(told.map(({ rootKey }) => rootKey).sort()).toEqual(['none-excluded', 'none-nobody']);
    // administrators find each in their inbox once, however many processes look
    for (let processes = 0; processes < 2; processes += 1) await unattendedTasks(api.parts)();
    const inbox = (await (await api.as('admin@tianhe')).get('/v1/notifications')).body.items as { title: string; link: string }[];
    const links = told.map(({ key }) => `/v1/user-tasks/${key}`);
    expect(inbox.filter(({ link }) => links.includes(link)).map(({ title }) => title)).toEqual(
      links.map(() => '没有人可以办理任务 / Nobody may do the task "review"'),
    );
  });
});
