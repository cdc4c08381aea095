import { randomUUID } from 'node:crypto';
import { putDocument } from '../../db/document-repository';
import { putNotifications } from '../../db/notification-repository';
import { createTestApi, type TestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

async function tell(title: string, people: string[], atMs: number, dealership = 'tianhe'): Promise<void> {
  const origin = { dealership, idempotencyKey: randomUUID(), instanceKey: 'case-1', elementId: 'tell', atMs };
  await api.db.tenant(dealership, async (trx) => {
    for (let again = 0; again < 2; again += 1) await putNotifications(trx, origin, people, { title, link: '/orders/1' });
  });
}

const titles = (body: { items: { title: string }[] }) => body.items.map(({ title }) => title);

describe('/v1/notifications', () => {
  it('[L26.4] shows each person what that one was told, what was not read first, page by page', async () => {
    for (let day = 1; day <= 5; day += 1) {
      await tell(`day ${day}`, day === 3 ? ['finance@tianhe'] : ['finance@tianhe', 'clerk@tianhe'], Date.UTC(2026, 2, day));
    }
    const finance = await api.as('finance@tianhe');
    const first = await finance.get('/v1/notifications?limit=2').expect(200);
    expect(titles(first.body)).toEqual(['day 5', 'day 4']);
    expect(first.body).toMatchObject({ unread: 5, page: { hasMore: true } });
    expect(first.body.items[0]).toMatchObject({
      text: null,
      link: '/orders/1',
      documents: [],
      readDate: null,
      processInstanceKey: 'case-1',
    });
    const second = await finance.get(`/v1/notifications?limit=2&after=${first.body.page.endCursor}`).expect(200);
    expect(titles(second.body)).toEqual(['day 3', 'day 2']);
    await finance.post(`/v1/notifications/${first.body.items[0].notificationId}/read`).expect(204);
    const all = await finance.get('/v1/notifications').expect(200);
    expect(titles(all.body)).toEqual(['day 4', 'day 3', 'day 2', 'day 1', 'day 5']);
    expect(all.body.unread).toBe(4);
    expect(titles((await (await api.as('clerk@tianhe')).get('/v1/notifications')).body)).toEqual(['day 5', 'day 4', 'day 2', 'day 1']);
    await finance.post('/v1/notifications/read').expect(204);
    expect((await finance.get('/v1/notifications?unread=true').expect(200)).body).toMatchObject({ items: [], unread: 0 });
  });

  it('[L26.4] lets those who were told of a document read it, and nobody else who does not see the case', async () => {
    const from = { instanceKey: (await api.order('N-1')).instanceKey, elementId: 'step' };
    const content = Buffer.from('paper');
    const document = { dealership: 'tianhe', idempotencyKey: randomUUID(), name: 'a.txt', mediaType: 'text/plain', content, from, atMs: 0 };
    const { id } = await api.db.tenant('tianhe', (trx) => putDocument(trx, document));
    const warehouse = await api.as('warehouse@tianhe');
    await warehouse.get(`/v1/documents/${id}`).expect(404);
    const origin = { dealership: 'tianhe', idempotencyKey: randomUUID(), instanceKey: 'case-1', elementId: 'tell', atMs: 0 };
    await api.db.tenant('tianhe', (trx) => putNotifications(trx, origin, ['warehouse@tianhe'], { title: 'paper', documents: [id] }));
    await warehouse.get(`/v1/documents/${id}`).expect(200);
    await (await api.as('finance@tianhe')).get(`/v1/documents/${id}`).expect(404);
  });

  it('[L26.4] shows nobody what another was told', async () => {
    await tell('for the warehouse', ['warehouse@tianhe'], Date.now());
    await tell('elsewhere', ['finance@tianhe'], Date.now(), 'haizhu');
    const { body } = await (await api.as('warehouse@tianhe')).get('/v1/notifications').expect(200);
    const { notificationId } = body.items[0];
    for (const user of ['salesman@tianhe', 'finance@haizhu', 'admin@tianhe']) {
      const other = await api.as(user);
      await other.post(`/v1/notifications/${notificationId}/read`).expect(404);
      expect(titles((await other.get('/v1/notifications')).body)).toEqual([]);
    }
    expect((await (await api.as('warehouse@tianhe')).get('/v1/notifications')).body.items[0].readDate).toBeNull();
  });
});
