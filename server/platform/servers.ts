import { announceInstance, findInstance } from './instance';
import { choosePorts } from './ports';
import { embeddedDatabaseUrl, endPostgresLeftover, startPostgres } from './postgres';
import { Problem, type Progress } from './problem';
import type { ReadSettings, Settings } from './settings';
import { findTemporalCli } from './temporal-cli';
import { endTemporalLeftover, startTemporal, virtualTimeConfig } from './temporal-server';

/** The two servers that everything else stands on. */
export interface Servers {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  /** Of the embedded Temporal. */
  readonly temporalUiUrl?: string | undefined;
  readonly databasePort?: number | undefined;
  /** Free at the moment of choice. */
  readonly apiPort: number;
}

/** Takes what is to be ended later, in the opposite order of what was given. */
export type OnStop = (name: string, stop: () => Promise<void>) => void;

/**
 * Provides PostgreSQL and Temporal: those that the settings name, and embedded ones for those that they do not. The data must have been
 * claimed.
 */
export async function startServers(
  read: ReadSettings,
  progress: Progress,
  onStop: OnStop,
  onLost: (problem: Problem) => void,
): Promise<Servers> {
  const { settings } = read;
  const data = settings.NEIQIN_DATA;
  const ownDatabase = settings.DATABASE_URL === undefined;
  const ownTemporal = settings.TEMPORAL_ADDRESS === undefined;
  if (ownDatabase) await endPostgresLeftover(data, progress);
  if (ownTemporal) await endTemporalLeftover(data, progress);
  const ports = await choosePorts(
    [
      'PORT',
      ...(ownDatabase ? (['DATABASE_PORT'] as const) : []),
      ...(ownTemporal ? (['TEMPORAL_PORT', 'TEMPORAL_UI_PORT'] as const) : []),
    ],
    read,
    progress,
  );
  const database = ownDatabase
    ? startPostgres({ data, cache: settings.NEIQIN_CACHE, port: ports.DATABASE_PORT, progress, onLost }).then((server) => {
        onStop('PostgreSQL', server.stop);
        progress(`PostgreSQL listens on 127.0.0.1:${ports.DATABASE_PORT}`);
        return server.url;
      })
    : Promise.resolve(settings.DATABASE_URL);
  const temporal = ownTemporal ? startOwnTemporal(settings, ports, progress, onLost) : undefined;
  // Both are waited for even when one fails, so that the other is known and can be stopped.
  const [databaseResult, temporalResult] = await Promise.allSettled([database, temporal]);
  if (temporalResult.status === 'fulfilled' && temporalResult.value !== undefined) {
    onStop('Temporal', temporalResult.value.stop);
    progress(`Temporal listens on ${temporalResult.value.address}`);
  }
  if (databaseResult.status === 'rejected') throw databaseResult.reason;
  if (temporalResult.status === 'rejected') throw temporalResult.reason;
  const servers = {
    databaseUrl: databaseResult.value!,
    temporalAddress: temporalResult.value?.address ?? settings.TEMPORAL_ADDRESS!,
    temporalUiUrl: temporalResult.value?.uiUrl,
    databasePort: ownDatabase ? ports.DATABASE_PORT : undefined,
    apiPort: ports.PORT,
  };
  announceInstance(data, runningParts(servers));
  return servers;
}

/** The servers for a process of its own (`neiqin worker`, `neiqin api`): those that the settings name, or those of a running `neiqin start` on the same data. */
export function findServers(settings: Settings): Pick<Servers, 'databaseUrl' | 'temporalAddress'> {
  const running = findInstance(settings.NEIQIN_DATA);
  const databaseUrl = settings.DATABASE_URL ?? (running?.databasePort && embeddedDatabaseUrl(settings.NEIQIN_DATA, running.databasePort));
  const temporalAddress = settings.TEMPORAL_ADDRESS ?? running?.temporalAddress;
  const missing = [databaseUrl ? '' : 'DATABASE_URL', temporalAddress ? '' : 'TEMPORAL_ADDRESS'].filter((name) => name !== '');
  if (!databaseUrl || !temporalAddress) {
    throw new Problem(
      `${missing.join(' and ')}: not set, and no "neiqin start" runs on ${settings.NEIQIN_DATA} whose servers could be used.`,
      `Set ${missing.join(' and ')}, or run "neiqin start" first.`,
      2,
    );
  }
  return { databaseUrl, temporalAddress };
}

/** What other processes are told about the servers. */
export function runningParts(servers: Pick<Servers, 'databasePort' | 'temporalAddress'>): {
  databasePort?: number;
  temporalAddress: string;
} {
  const { databasePort, temporalAddress } = servers;
  return { temporalAddress, ...(databasePort === undefined ? {} : { databasePort }) };
}

async function startOwnTemporal(
  settings: Settings,
  ports: { TEMPORAL_PORT: number; TEMPORAL_UI_PORT: number },
  progress: Progress,
  onLost: (problem: Problem) => void,
): ReturnType<typeof startTemporal> {
  const cli = await findTemporalCli({ settings, progress });
  return startTemporal({
    cli: cli.path,
    data: settings.NEIQIN_DATA,
    port: ports.TEMPORAL_PORT,
    uiPort: ports.TEMPORAL_UI_PORT,
    namespace: settings.TEMPORAL_NAMESPACE,
    retention: settings.NEIQIN_TEMPORAL_RETENTION,
    ...(settings.NEIQIN_VIRTUAL_TIME ? { dynamicConfig: virtualTimeConfig } : {}),
    progress,
    onLost,
  });
}
