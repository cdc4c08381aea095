import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { endLeftover, startChildServer } from './child-server';
import { canEnter, findPostgresBinaries, type PostgresBinaries, sharedFolder } from './postgres-binaries';
import { Problem, type Progress } from './problem';
import { endProcess, identityOf } from './process-record';

const run = promisify(execFile);

/** SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything is written. SIGQUIT leaves the rest to crash recovery. */
const stopSignals = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 2_000],
] as const;

/** What pg_trgm classifies letters by; the order and case of text come from the built-in C.UTF-8 everywhere. */
const systemLocale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';

const superuser = 'postgres';
const owner = 'neiqin_owner';
const database = 'neiqin';

/** Where and how the embedded PostgreSQL runs. */
export interface PostgresOptions {
  /** NEIQIN_DATA: holds the database, its passwords, its log. */
  readonly data: string;
  /** Takes the copy of the programs, where one is needed. */
  readonly cache: string;
  readonly port: number;
  readonly progress: Progress;
  /** Called when the server has ended for good. */
  readonly onLost: (problem: Problem) => void;
  /** `false` gives durability up for speed; for tests that do not kill anything. */
  readonly durable?: boolean;
}

/** A PostgreSQL that runs. */
export interface Postgres {
  /** As `neiqin_owner`, who owns the database `neiqin` and may create roles. */
  readonly url: string;
  /** As the superuser, in the database `postgres`. */
  readonly superuserUrl: string;
  readonly pid: () => number | undefined;
  readonly stop: () => Promise<void>;
}

/**
 * Starts the embedded PostgreSQL on 127.0.0.1, creating the cluster, the role `neiqin_owner` and the database `neiqin` with the
 * extension pg_trgm where they are missing.
 *
 * The locale is the built-in C.UTF-8: under the plain C locale pg_trgm finds no trigrams in Chinese. Log-in is by random passwords
 * (SCRAM), kept in a file that only we can read. What a kill -9 left behind is recovered: by PostgreSQL's own log, and a server that
 * outlived us is ended first.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { data, port, progress } = options;
  const binaries = await findPostgresBinaries(path.join(options.cache, 'postgresql'), progress);
  mkdirSync(data, { recursive: true, mode: 0o711 });
  const cluster = placeCluster(data, binaries);
  const passwords = readPasswords(data, existsSync(cluster));
  await endPostgresLeftover(data, progress);
  if (!existsSync(cluster)) {
    progress('creating the database …');
    await createCluster(cluster, binaries, passwords[superuser]!);
  }
  const superuserUrl = urlOf(superuser, passwords[superuser]!, port, 'postgres');
  const flags: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    cluster_name: database,
    max_connections: 100,
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(options.durable === false ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  const server = await startChildServer(
    {
      name: 'PostgreSQL',
      command: binaries.postgres,
      args: ['-D', cluster, ...Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      env: { LC_MESSAGES: 'C' },
      user: binaries.user,
      logFile: path.join(data, 'logs', 'postgresql.log'),
      recordFile: recordFile(data),
      port,
      stopSignals,
      probe: () => withClient(superuserUrl, async () => undefined),
      readyWithinMs: 60_000,
      startAttempts: 3,
    },
    progress,
    options.onLost,
  );
  try {
    await createContents(superuserUrl, passwords[owner]!, port);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url: urlOf(owner, passwords[owner]!, port, database), superuserUrl, ...server };
}

/** The address for the role that owns the database, of an embedded PostgreSQL that another process runs; for worker and API beside it. */
export function embeddedDatabaseUrl(data: string, port: number): string {
  return urlOf(owner, readPasswords(data, true)[owner]!, port, database);
}

/** Where the database's files are: in NEIQIN_DATA, or behind the link there. */
export function clusterFolder(data: string): string {
  const place = path.join(data, 'postgresql');
  return existsSync(place) ? path.join(realpathSync(place), 'cluster') : path.join(place, 'cluster');
}

/** Ends a PostgreSQL on these data that outlived its parent, also one that only its own lock file tells of. */
export async function endPostgresLeftover(data: string, progress: Progress): Promise<void> {
  const lockFile = path.join(clusterFolder(data), 'postmaster.pid');
  await endLeftover({ name: 'PostgreSQL', recordFile: recordFile(data), stopSignals }, progress);
  if (!existsSync(lockFile)) return;
  const [first = '', ...others] = readFileSync(lockFile, 'utf8').split('\n');
  const pid = Number(first);
  const identity = identityOf(pid);
  if (identity !== undefined && commandLine(pid).includes(clusterFolder(data))) {
    progress(`ending PostgreSQL of an earlier start (process ${pid}) …`);
    await endProcess({ pid, identity }, stopSignals);
  } else if (isTaken(pid)) {
    // The number belongs to somebody else by now, or to a dead process that nobody collects: PostgreSQL would refuse to start. It takes
    // a lock of its own parent, that is of us, for stale, and then still checks by the shared memory named further down in the file
    // that none of the old server's processes is left.
    writeFileSync(lockFile, [String(process.pid), ...others].join('\n'));
  }
}

const recordFile = (data: string): string => path.join(data, 'run', 'postgresql.json');

function commandLine(pid: number): string {
  const file = `/proc/${pid}/cmdline`;
  if (existsSync(file)) return readFileSync(file, 'utf8').replaceAll('\0', ' ');
  return spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
}

function isTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** As root the files belong to PostgreSQL's account, which must be able to enter the folder; where it cannot, they lie elsewhere, behind a link. */
function placeCluster(data: string, { user }: PostgresBinaries): string {
  const place = path.join(data, 'postgresql');
  const link = lstatSync(place, { throwIfNoEntry: false });
  if (link === undefined) {
    if (canEnter(data, user)) mkdirSync(place, { mode: 0o700 });
    else symlinkSync(mkdtempSync(path.join(sharedFolder(), 'data-')), place);
    if (user !== undefined) chownSync(realpathSync(place), user.uid, user.gid);
  } else if (!existsSync(place)) {
    throw new Problem(
      `the database's folder behind the link ${place} is gone.`,
      'Bring it back, or delete the link to begin with an empty database.',
    );
  }
  if (!canEnter(realpathSync(place), user)) {
    throw new Problem(
      `PostgreSQL's account cannot enter ${realpathSync(place)}.`,
      'Give that account the right to enter every folder above it, or set NEIQIN_DATA to another folder.',
    );
  }
  return clusterFolder(data);
}

function readPasswords(data: string, mustExist: boolean): Record<string, string> {
  const file = path.join(data, 'postgresql-passwords.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  if (mustExist) {
    throw new Problem(
      `${file} is missing; without it nobody can log in to the database beside it.`,
      'Bring it back from a backup, together with the database.',
    );
  }
  const passwords = Object.fromEntries([superuser, owner].map((role) => [role, randomBytes(24).toString('base64url')]));
  writeFileSync(`${file}.new`, JSON.stringify(passwords), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return passwords;
}

/** Into a folder of another name first: an interrupted creation is not mistaken for a database. */
async function createCluster(cluster: string, { initdb, user }: PostgresBinaries, password: string): Promise<void> {
  const unfinished = `${cluster}.unfinished`;
  const passwordFolder = mkdtempSync(path.join(tmpdir(), 'neiqin-'));
  const passwordFile = path.join(passwordFolder, 'password');
  rmSync(unfinished, { recursive: true, force: true });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user !== undefined) for (const file of [passwordFolder, passwordFile]) chownSync(file, user.uid, user.gid);
  const args = [`--pgdata=${unfinished}`, `--username=${superuser}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  args.push(
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    `--locale=${systemLocale}`,
    '--lc-messages=C',
    '--data-checksums',
  );
  try {
    await run(initdb, args, { cwd: '/', env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' }, ...(user ?? {}) });
    renameSync(unfinished, cluster);
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Problem(
      `the database could not be created: ${stderr?.trim() || message}`,
      'See above; or use a PostgreSQL of your own by DATABASE_URL.',
    );
  } finally {
    rmSync(passwordFolder, { recursive: true, force: true });
  }
}

async function createContents(superuserUrl: string, ownerPassword: string, port: number): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    const has = async (sql: string, name: string): Promise<boolean> => (await client.query(sql, [name])).rowCount !== 0;
    if (!(await has('select 1 from pg_roles where rolname = $1', owner))) {
      await client.query(`create role ${owner} login createrole password ${client.escapeLiteral(ownerPassword)}`);
    }
    if (!(await has('select 1 from pg_database where datname = $1', database))) {
      await client.query(`create database ${database} owner ${owner}`);
    }
  });
  const inDatabase = new URL(superuserUrl);
  inDatabase.pathname = `/${database}`;
  inDatabase.port = String(port);
  await withClient(inDatabase.href, (client) => client.query('create extension if not exists pg_trgm'));
}

async function withClient<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function urlOf(user: string, password: string, port: number, name: string): string {
  return `postgresql://${user}:${password}@127.0.0.1:${port}/${name}`;
}
