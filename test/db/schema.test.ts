import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openDatabase } from '../../db/database';
import { migrate, migrations } from '../../db/migrations';
import { describeSchema } from '../../db/schema-listing';
import { createFreshDatabase } from '../setup/database';
import { connectOwner, createTestDatabase, type TestDatabase } from './support';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

/** Tables that belong to no dealership. */
const shared = ['installation', 'migration'];

it('is what the committed listing says (NEIQIN_WRITE_SCHEMA=1 writes it anew)', async () => {
  const owner = await connectOwner(test.url);
  const made = await describeSchema(owner);
  await owner.end();
  const file = path.join(__dirname, '../../db/schema.sql');
  if (process.env['NEIQIN_WRITE_SCHEMA'] === '1') writeFileSync(file, made);
  expect(made).toBe(readFileSync(file, 'utf8'));
});

it('migrates once, also where two processes do it at the same time', async () => {
  const fresh = await createFreshDatabase();
  const ran = await Promise.all([migrate(fresh.url), migrate(fresh.url), migrate(fresh.url)]);
  expect(ran.flat()).toEqual(migrations.map(({ name }) => name));
  expect(await migrate(fresh.url)).toEqual([]);
  await fresh.drop();
});

it('brings rows of the first version along: variables of an instance are its own', async () => {
  const fresh = await createFreshDatabase();
  const owner = await connectOwner(fresh.url);
  const [first] = migrations;
  await owner.query('create table migration (name text primary key, applied_at timestamptz not null default now())');
  await owner.query(`insert into migration (name) values ('${first?.name}')`);
  await owner.query(first?.sql ?? '');
  await owner.end();
  const db = openDatabase(fresh.url, { applicationName: 'neiqin-test' });
  await db.system((trx) =>
    trx.query(`insert into variable (instance_key, name, dealership_id, value) values ('i', 'order', 'tianhe', '{}')`),
  );
  expect(await migrate(fresh.url)).toEqual(migrations.slice(1).map(({ name }) => name));
  expect(await db.system((trx) => trx.query('select scope_key, instance_key, name from variable'))).toEqual([
    { scope_key: 'i', instance_key: 'i', name: 'order' },
  ]);
  await db.close();
  await fresh.drop();
});

describe('row-level security', () => {
  it('is on and forced for every table of a dealership, with a policy for each role', async () => {
    const owner = await connectOwner(test.url);
    const { rows } = await owner.query<{ name: string; enabled: boolean; forced: boolean; tenant: boolean; policies: number }>(
      `select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
         exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'dealership_id' and a.attnotnull) as tenant,
         (select count(*)::integer from pg_policy p where p.polrelid = c.oid) as policies
       from pg_class c where c.relkind in ('r', 'p', 'v', 'm') and c.relnamespace = 'public'::regnamespace order by 1`,
    );
    await owner.end();
    expect(rows.filter(({ tenant }) => !tenant).map(({ name }) => name)).toEqual(shared);
    for (const row of rows.filter(({ tenant }) => tenant)) expect(row).toMatchObject({ enabled: true, forced: true, policies: 2 });
    expect(rows.length).toBeGreaterThan(15);
  });

  it.each([
    'account',
    'audit_event',
    'command',
    'connector_effect',
    'dealership',
    'denial',
    'deployment',
    'deployment_document',
    'document',
    'document_template',
    'duty_schedule',
    'event_start',
    'form',
    'incident',
    'message',
    'message_subscription',
    'notification',
    'number_sequence',
    'outbound_order',
    'payment',
    'process_definition',
    'process_instance',
    'process_suspension',
    'process_suspension_case',
    'register',
    'register_change',
    'register_index',
    'register_row',
    'register_unique',
    'report',
    'report_delivery',
    'report_version',
    'reservation',
    'run_history',
    'schedule_run',
    'session',
    'signal_target',
    'substitution',
    'task_candidate',
    'task_comment',
    'task_copy',
    'task_copy_read',
    'task_distribution',
    'task_draft',
    'user_task',
    'variable',
    'vehicle',
  ])('shows %s of one dealership alone, and refuses rows of another', async (table) => {
    const owner = await connectOwner(test.url);
    await owner.query(`alter table ${table} no force row level security`);
    const { rows: columns } = await owner.query<{ name: string; type: string; identity: string }>(
      `select attname as name, format_type(atttypid, null) as type, attidentity as identity from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and attnotnull and not atthasdef and attgenerated = ''`,
      [table],
    );
    const given = columns.filter(({ identity }) => identity === '');
    const values = (dealership: string) =>
      given.map(({ name, type }) => (name === 'dealership_id' ? dealership : sample(table, name, type, dealership)));
    const places = given.map((_, index) => `$${index + 1}`).join(', ');
    const extra =
      table === 'signal_target'
        ? { columns: ', root_key', values: ", 'x'" }
        : table === 'process_instance'
          ? { columns: ', applied_sequence, chain_head', values: `, 0, '\\x00'` }
          : table === 'schedule_run'
            ? { columns: ', reason', values: ", 'late'" }
            : table === 'document'
              ? { columns: ', created_by', values: ", 'x'" }
              : { columns: '', values: '' };
    const insert = `insert into ${table} (${given.map(({ name }) => name).join(', ')}${extra.columns}) values (${places}${extra.values})`;
    await owner.query(insert, values('rls-a'));
    await owner.query(insert, values('rls-b'));
    await owner.query(`alter table ${table} force row level security`);
    await owner.end();
    const seen = (dealership: string) => test.db.tenant(dealership, (trx) => trx.query(`select distinct dealership_id from ${table}`));
    expect(await seen('rls-a')).toEqual([{ dealership_id: 'rls-a' }]);
    expect(await seen('rls-b')).toEqual([{ dealership_id: 'rls-b' }]);
    expect(await seen('')).toEqual([]);
    expect(await seen("' or true --")).toEqual([]);
    expect((await test.system(`select distinct dealership_id from ${table}`)).length).toBeGreaterThanOrEqual(2);
    const foreign = test.db.tenant('rls-a', (trx) => trx.query(insert, values('rls-c')));
    await expect(foreign).rejects.toThrow(/row-level security|permission denied/);
  });

  function sample(table: string, name: string, type: string, dealership: string): unknown {
    if (type.endsWith('[]')) return [];
    if (name === 'bytes') return dealership.length;
    if (name === 'vin') return 'LSVAA4182E2184847';
    if (name === 'status') return 'in-stock';
    if (name === 'by') return 'inbox';
    if (type === 'uuid') return dealership === 'rls-a' ? '00000000-0000-7000-8000-000000000001' : '00000000-0000-7000-8000-000000000002';
    if (name === 'valid_until') return '2026-03-03T00:00:00Z';
    if (name === 'kind' && table === 'event_start') return 'message';
    if (name === 'kind' && table === 'register_change') return 'insert';
    if (name === 'substitute') return `${dealership}-y`;
    if (type.startsWith('timestamp')) return '2026-03-02T00:00:00Z';
    if (type === 'bytea') return Buffer.from(dealership);
    if (type.startsWith('json')) return '{}';
    if (type === 'boolean') return false;
    if (['integer', 'smallint', 'bigint', 'numeric'].includes(type)) return 1;
    if (name === 'state')
      return ({ message: 'BUFFERED', user_task: 'CREATED', schedule_run: 'missed' } as Record<string, string>)[table] ?? 'ACTIVE';
    return `${dealership}-x`;
  }

  it('lets nobody change or delete the audit log, nor the denials and archived histories', async () => {
    for (const table of [
      'audit_event',
      'denial',
      'run_history',
      'deployment',
      'deployment_document',
      'register',
      'register_change',
      'connector_effect',
      'report_version',
      'report_delivery',
    ]) {
      for (const statement of [`update ${table} set dealership_id = 'x'`, `delete from ${table}`, `truncate ${table}`]) {
        await expect(test.db.tenant('rls-a', (trx) => trx.query(statement))).rejects.toThrow(/permission denied/);
        await expect(test.db.system((trx) => trx.query(statement))).rejects.toThrow(/permission denied/);
      }
    }
  });

  it('ends with the transaction', async () => {
    const one = { applicationName: 'neiqin-one', poolSize: 1 };
    const db = openDatabase(test.url, one);
    await db.tenant('rls-a', (trx) => trx.query('select 1'));
    await expect(db.tenant('rls-a', (trx) => trx.query('select broken'))).rejects.toThrow(/broken/);
    const state = await db.tenant('rls-b', (trx) =>
      trx.query(`select current_user as "user", current_setting('app.dealership') as dealership`),
    );
    expect(state).toEqual([{ user: 'neiqin_app', dealership: 'rls-b' }]);
    await db.ping();
    await db.close();
  });

  it('reads times and lists as they are', async () => {
    const rows = await test.system(
      `select timestamptz '2026-03-02 09:00:00.123+08' as at, timestamptz '2026-03-02 09:00:00+08' as whole, timestamptz 'infinity' as never,
         timestamptz '0099-01-01 00:00+00' as old, '{}'::text[] as none, '{a,销售}'::text[] as two, array['a b', 'c,d', 'e"f', 'NULL', null, ''] as odd`,
    );
    expect(rows).toEqual([
      {
        at: new Date('2026-03-02T01:00:00.123Z'),
        whole: new Date('2026-03-02T01:00:00Z'),
        never: Number.POSITIVE_INFINITY,
        old: new Date('0099-01-01T00:00:00Z'),
        none: [],
        two: ['a', '销售'],
        odd: ['a b', 'c,d', 'e"f', 'NULL', null, ''],
      },
    ]);
  });

  it('keeps dates, exact numbers and large integers as text', async () => {
    const rows = await test.system(`select date '2026-03-02' as day, 0.10::numeric(18,2) as amount, 9007199254740993::bigint as big`);
    expect(rows).toEqual([{ day: '2026-03-02', amount: '0.10', big: '9007199254740993' }]);
  });
});
