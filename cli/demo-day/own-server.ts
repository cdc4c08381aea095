import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Problem } from '../../server/platform/problem';
import { projectRoot } from '../../server/platform/project-root';
import { OUTSIDE_PORT } from './outside-world';

/** A server of its own for one day: in a new folder, on free ports, in virtual time. */
export interface OwnServer {
  url: string;
  stop(): Promise<void>;
}

const START_WITHIN_MS = 300_000;
const STOP_WITHIN_MS = 60_000;

/** Starts the product as `npm start` does, with clocks that the story moves, and with carriers that answer on the port of the story. */
export async function startOwnServer(outsidePort: number): Promise<OwnServer> {
  const data = mkdtempSync(path.join(tmpdir(), 'neiqin-day-'));
  const definitions = path.join(data, 'definitions');
  copyDefinitions(definitions, outsidePort);
  const [port, database, temporal, ui] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const child = spawn(process.execPath, [path.join(projectRoot, 'bin', 'neiqin.js'), 'start'], {
    env: {
      ...process.env,
      NEIQIN_DATA: data,
      NEIQIN_DEFINITIONS: definitions,
      NEIQIN_VIRTUAL_TIME: 'true',
      NEIQIN_DEMO: 'true',
      PORT: String(port),
      DATABASE_PORT: String(database),
      TEMPORAL_PORT: String(temporal),
      TEMPORAL_UI_PORT: String(ui),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async (): Promise<void> => {
    await ended(child);
    rmSync(data, { recursive: true, force: true });
  };
  try {
    return { url: await urlOf(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The shipped definitions, with the port of the story in the place of the one that the dealerships name. */
function copyDefinitions(folder: string, outsidePort: number): void {
  cpSync(path.join(projectRoot, 'definitions'), folder, { recursive: true });
  const dealerships = path.join(folder, 'dealerships');
  for (const file of readdirSync(dealerships)) {
    const text = readFileSync(path.join(dealerships, file), 'utf8');
    writeFileSync(path.join(dealerships, file), text.replaceAll(`:${OUTSIDE_PORT}/`, `:${outsidePort}/`));
  }
}

function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const refuse = (why: string) => reject(new Problem(`the server of the day did not start: ${why}`, `it said: ${said.slice(-2000)}`));
    const timer = setTimeout(() => refuse(`not within ${START_WITHIN_MS / 1000} s`), START_WITHIN_MS);
    const read = (chunk: Buffer): void => {
      said = (said + chunk.toString('utf8')).slice(-20_000);
      const url = /neiqin listens on (http\S+)/u.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => refuse(`it ended with ${code}`));
  });
}

/** Asks a server to stop as Ctrl-C does; one that does not is ended. */
function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGINT');
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
