import { spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { clusterFolder, type Postgres, startPostgres } from '../../server/platform/postgres';
import { findPostgresBinaries, isRoot } from '../../server/platform/postgres-binaries';
import { makeDataFolder } from '../setup/data-folder';
import { freePorts } from '../setup/free-ports';

jest.setTimeout(120_000);

let folder: string;
let data: string;
let port: number;
let lines: string[];
const running: Postgres[] = [];

beforeEach(async () => {
  folder = makeDataFolder();
  data = path.join(folder, 'data');
  [port] = (await freePorts(1)) as [number];
  lines = [];
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  const place = path.join(data, 'postgresql');
  if (existsSync(place)) rmSync(realpathSync(place), { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<Postgres> {
  const server = await startPostgres({
    data,
    cache: path.join(folder, 'cache'),
    port,
    progress: (line) => lines.push(line),
    onLost: (problem) => lines.push(problem.message),
  });
  running.push(server);
  return server;
}

async function ask<Row>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

const until = async (condition: () => boolean): Promise<void> => {
  for (const begun = Date.now(); !condition(); await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (Date.now() - begun > 30_000) throw new Error(`waited in vain:\n${lines.join('\n')}`);
  }
};
const postmasterPid = (): number => Number(readFileSync(path.join(clusterFolder(data), 'postmaster.pid'), 'utf8').split('\n')[0]);

describe('the embedded PostgreSQL', () => {
  it('finds trigrams in Chinese, orders by code point, and lets its owner make roles but not more', async () => {
    const { url } = await start();
    const [locale] = await ask<object>(url, `select datlocprovider, datlocale from pg_database where datname = 'neiqin'`);
    expect(locale).toEqual({ datlocprovider: 'b', datlocale: 'C.UTF-8' });
    const [found] = await ask<{ trigrams: string[]; similar: boolean }>(
      url,
      `select show_trgm('合同履行一览表') as trigrams, '合同履行一览表' ~~ '%履行一览%' as similar`,
    );
    expect(found?.trigrams).toHaveLength(8);
    const [role] = await ask<object>(
      url,
      'select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls from pg_roles where rolname = current_user',
    );
    expect(role).toEqual({ rolsuper: false, rolcreaterole: true, rolcreatedb: false, rolbypassrls: false });
    const [server] = await ask<{ listen: string; fsync: string }>(
      url,
      `select current_setting('listen_addresses') as listen, current_setting('fsync') as fsync`,
    );
    expect(server).toEqual({ listen: '127.0.0.1', fsync: 'on' });
    expect(statSync(path.join(data, 'postgresql-passwords.json')).mode & 0o777).toBe(0o600);
    await expect(ask(url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('keeps what was committed over kill -9, and is started again by itself', async () => {
    const { url } = await start();
    await ask(url, 'create table kept (n int)');
    await ask(url, 'insert into kept values (1)');
    const before = postmasterPid();
    process.kill(before, 'SIGKILL');
    await until(() => lines.includes('PostgreSQL runs again.'));
    expect(postmasterPid()).not.toBe(before);
    expect(await ask(url, 'select n from kept')).toEqual([{ n: 1 }]);
  });

  it('that outlived its parent is ended first, with its data kept, even when only its lock file tells of it', async () => {
    const first = await start();
    await ask(first.url, 'create table kept as select 7 as n');
    await first.stop();
    const { postgres, user } = await findPostgresBinaries(path.join(folder, 'cache'), () => undefined);
    const flags = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='].flatMap((flag) => ['-c', flag]);
    const orphan = spawn(postgres, ['-D', clusterFolder(data), ...flags], { cwd: '/', stdio: 'ignore', ...user });
    const ended = new Promise((resolve) => orphan.once('exit', resolve));
    await until(() => existsSync(path.join(clusterFolder(data), 'postmaster.pid')));
    const { url } = await start();
    expect(lines).toContain(`ending PostgreSQL of an earlier start (process ${orphan.pid}) …`);
    await ended;
    expect(await ask(url, 'select n from kept')).toEqual([{ n: 7 }]);
  });

  it('takes no lock of a process that has nothing to do with it for its own', async () => {
    const first = await start();
    await first.stop();
    const lockFile = path.join(clusterFolder(data), 'postmaster.pid');
    writeFileSync(lockFile, `${process.pid}\n${clusterFolder(data)}\n0\n${port}\n\n127.0.0.1\n        1         1\nready   \n`);
    const { url } = await start();
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('stops by itself when it is asked to, and the port is free again', async () => {
    const server = await start();
    await server.stop();
    await expect(ask(server.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
    expect(existsSync(path.join(clusterFolder(data), 'postmaster.pid'))).toBe(false);
    await expect(start()).resolves.toBeDefined();
  });

  it('runs for root too where its own account cannot enter the folder: the files then lie elsewhere, behind a link', async () => {
    data = path.join(folder, 'closed', 'data');
    mkdirSync(path.dirname(data), { mode: 0o700 });
    const { url } = await start();
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(lstatSync(path.join(data, 'postgresql')).isSymbolicLink()).toBe(isRoot());
    expect(lstatSync(path.join(folder, 'closed')).mode & 0o777).toBe(0o700);
  });

  it('whose passwords are gone is not started, and says so', async () => {
    const server = await start();
    await server.stop();
    rmSync(path.join(data, 'postgresql-passwords.json'));
    await expect(start()).rejects.toThrow('postgresql-passwords.json is missing');
  });
});
