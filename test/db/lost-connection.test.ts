import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from './support';

describe('a connection that is lost in a transaction', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test.drop());

  async function end(pid: number): Promise<void> {
    const owner = new Client({ connectionString: test.url });
    await owner.connect();
    await owner.query('select pg_terminate_backend($1)', [pid]);
    await owner.end();
  }

  it('fails that transaction alone, also while it is idle, and the next one gets another connection', async () => {
    const lost = test.db.tenant('tianhe', async (trx) => {
      const [row] = await trx.query<{ pid: number }>('select pg_backend_pid() as pid');
      await end(row?.pid as number);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return trx.query('select 1');
    });
    await expect(lost).rejects.toThrow(/connection|terminat/i);
    expect(await test.db.tenant('tianhe', (trx) => trx.query('select 1 as one'))).toEqual([{ one: 1 }]);
  });
});
