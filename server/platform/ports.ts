import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { Problem, type Progress } from './problem';
import type { ReadSettings, Settings } from './settings';

/** Settings that name a port on which something of ours listens. */
export type PortName = 'PORT' | 'DATABASE_PORT' | 'TEMPORAL_PORT' | 'TEMPORAL_UI_PORT';

/**
 * Decides the ports to listen on, all of them free at this moment.
 *
 * A port that was set on purpose and is taken is an error. For a default that is taken the next free one is chosen, told, and (but for
 * the API's, which people know) remembered in NEIQIN_DATA, so that two clones on one machine each keep their own.
 */
export async function choosePorts<N extends PortName>(
  names: readonly N[],
  { settings, explicit }: Pick<ReadSettings, 'settings' | 'explicit'>,
  progress: Progress,
): Promise<Record<N, number>> {
  const file = path.join(settings.NEIQIN_DATA, 'ports.json');
  const remembered: Partial<Record<PortName, number>> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const chosen: Partial<Record<PortName, number>> = {};
  let changed = false;
  for (const name of names) {
    const wanted = explicit.has(name) ? settings[name] : (remembered[name] ?? settings[name]);
    if (await isFree(settings, name, wanted)) {
      chosen[name] = wanted;
      continue;
    }
    if (explicit.has(name)) {
      throw new Problem(`${name}: port ${wanted} is taken by another program.`, `End that program, or set ${name} to a free port.`, 2);
    }
    const others = new Set([...Object.values(chosen), ...names.map((other) => settings[other])]);
    const free = await nextFree(settings, name, wanted, others);
    progress(`port ${wanted} is taken by another program; ${name} is ${free} now.`);
    chosen[name] = free;
    if (name !== 'PORT') {
      remembered[name] = free;
      changed = true;
    }
  }
  if (changed) {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o711 });
    writeFileSync(`${file}.new`, JSON.stringify(remembered));
    renameSync(`${file}.new`, file);
  }
  return chosen as Record<N, number>;
}

/** Whether nobody listens on the port of this address. */
export function isPortFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function isFree(settings: Settings, name: PortName, port: number): Promise<boolean> {
  return isPortFree(port, name === 'PORT' ? settings.HOST : '127.0.0.1');
}

async function nextFree(settings: Settings, name: PortName, from: number, others: ReadonlySet<number>): Promise<number> {
  for (let port = from + 1; port < from + 200 && port <= 65535; port += 1) {
    if (!others.has(port) && (await isFree(settings, name, port))) return port;
  }
  throw new Problem(`${name}: no free port from ${from} to ${from + 200}.`, `Set ${name} to a free port.`, 2);
}
