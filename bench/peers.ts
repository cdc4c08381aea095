import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { startChildServer } from '../server/platform/child-server';
import { ask } from './load/http';
import type { Player } from './player';
import { type BenchContext, freePort, inDatabase, startDatabase } from './servers';

const run = promisify(execFile);

/** Engines for BPMN that are measured beside ours, from sources of a harness that holds one folder for each. */
export const PEERS = ['operaton', 'flowable'] as const;
export type PeerName = (typeof PEERS)[number];

const BUILD_WITHIN_MS = 15 * 60_000;
const READY_WITHIN_MS = 180_000;

/** Answers that the engine's own API gives when its definitions are deployed. */
const ready: Record<PeerName, (url: string) => Promise<boolean>> = {
  operaton: async (url) => (await ask<{ count: number }>('GET', `${url}/engine-rest/process-definition/count`)).count >= 2,
  flowable: async (url) => (await ask<{ total: number }>('GET', `${url}/process-api/repository/process-definitions`)).total >= 2,
};

/** Why a peer cannot be measured here; undefined where it can. */
export function whyAbsent(harness: string, name: PeerName): string | undefined {
  if (!existsSync(path.join(harness, name, 'pom.xml'))) return `there is no harness of ${name} in "${harness}"`;
  for (const program of ['java', 'mvn']) {
    if (spawnSync(program, ['-version'], { stdio: 'ignore' }).status !== 0) return `"${program}" is not on the PATH`;
  }
  return undefined;
}

/** Builds a peer from the harness's sources, once for each state of them; the result stays in the cache. Answers the program's file. */
export async function buildPeer({ settings, progress, folder }: BenchContext, harness: string, name: PeerName): Promise<string> {
  const source = path.join(harness, name);
  const cached = path.join(settings.NEIQIN_CACHE, 'bench', `${name}-${fingerprintOf(source)}.jar`);
  if (existsSync(cached)) return cached;
  const build = path.join(folder, `${name}-build`);
  for (const part of ['pom.xml', 'src']) cpSync(path.join(source, part), path.join(build, part), { recursive: true });
  progress(`building ${name} (minutes the first time) …`);
  const offline = settings.NEIQIN_OFFLINE ? ['-o'] : [];
  await run('mvn', ['-B', '-q', ...offline, 'package'], {
    cwd: build,
    timeout: BUILD_WITHIN_MS,
    killSignal: 'SIGTERM',
    maxBuffer: 1 << 26,
  });
  mkdirSync(path.dirname(cached), { recursive: true });
  cpSync(path.join(build, 'target', 'app.jar'), `${cached}.${process.pid}`);
  renameSync(`${cached}.${process.pid}`, cached);
  rmSync(build, { recursive: true, force: true });
  return cached;
}

/** Starts a peer with the harness's own settings on a PostgreSQL like ours, of its own: two pools of 48 are more than one takes. */
export async function startPeer(context: BenchContext, jar: string, name: PeerName): Promise<Player> {
  const { progress, stops, onLost, folder } = context;
  const postgres = await startDatabase(context, `postgresql-${name}`);
  const database = new URL(inDatabase(postgres.superuserUrl, 'postgres'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const options = {
    'server.port': String(port),
    'spring.datasource.url': `jdbc:postgresql://${database.host}${database.pathname}`,
    'spring.datasource.username': database.username,
  };
  const peer = await startChildServer(
    {
      name,
      command: 'java',
      args: ['-Xmx1g', '-jar', jar, ...Object.entries(options).map(([key, value]) => `--${key}=${value}`)],
      env: { SPRING_DATASOURCE_PASSWORD: database.password },
      port,
      logFile: path.join(folder, 'logs', `${name}.log`),
      recordFile: path.join(folder, 'run', `${name}.json`),
      stopSignals: [
        ['SIGTERM', 20_000],
        ['SIGKILL', 2_000],
      ],
      probe: async () => {
        if (!(await ready[name](url))) throw new Error('not yet');
      },
      readyWithinMs: READY_WITHIN_MS,
    },
    progress,
    onLost,
  );
  stops.add(name, peer.stop);
  const pid = peer.pid() as number;
  return {
    name,
    address: { kind: name, url },
    pids: { [name]: pid, postgres: postgres.pid() as number },
    held: [pid],
    databases: [database.href],
  };
}

function fingerprintOf(folder: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(path.join(folder, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  for (const file of [path.join(folder, 'pom.xml'), ...files.sort()]) hash.update(path.relative(folder, file)).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}
