import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import path from 'node:path';
import pc from 'picocolors';
import { findInstance } from '../server/platform/instance';
import { isPortFree, type PortName } from '../server/platform/ports';
import { clusterFolder } from '../server/platform/postgres';
import { findPostgresBinaries } from '../server/platform/postgres-binaries';
import { Problem } from '../server/platform/problem';
import { type Environment, readSettings, type Settings, shownSettings } from '../server/platform/settings';
import { findTemporalCli, lastFetch, NoTemporalCli, type SourceTried, TEMPORAL_CLI_VERSION } from '../server/platform/temporal-cli';

/** One thing that was looked at. `missing` is made good by the next start; `wrong` needs a person. */
interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'missing' | 'wrong';
  readonly detail: string;
  readonly remedy?: string;
}

/** `neiqin doctor`: what is here, where it came from, and what is missing. Changes nothing. Exit code 1 when something is wrong, 2 for a wrong setting. */
export async function runDoctor(environment: Environment, options: { json?: boolean }): Promise<number> {
  const findings: Finding[] = [nodeFinding(), npmFinding()];
  let settings: Settings | undefined;
  let temporalSources: readonly SourceTried[] = [];
  try {
    const read = readSettings(environment);
    settings = read.settings;
    findings.push({ what: 'settings', state: 'ok', detail: [...read.explicit].join(', ') || 'all by default' });
    findings.push(...read.warnings.map((detail) => ({ what: 'settings', state: 'missing' as const, detail })));
    const temporal = await temporalFinding(settings);
    temporalSources = temporal.tried;
    findings.push(temporal.finding, await postgresFinding(settings), dataFinding(settings), instanceFinding(settings));
    findings.push(...(await portFindings(settings)));
  } catch (error) {
    findings.push({ what: 'settings', ...wrong(error) });
  }
  const report = {
    findings,
    temporalSources,
    lastFetch: settings === undefined ? undefined : lastFetch(settings),
    settings: settings === undefined ? undefined : shownSettings(settings),
  };
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : asText(report));
  if (settings === undefined) return 2;
  return findings.some(({ state }) => state === 'wrong') ? 1 : 0;
}

function nodeFinding(): Finding {
  return { what: 'Node.js', state: 'ok', detail: `${process.versions.node} (${process.execPath}) on ${process.platform} ${process.arch}` };
}

function npmFinding(): Finding {
  try {
    return {
      what: 'npm',
      state: 'ok',
      detail: execFileSync('npm', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim(),
    };
  } catch {
    return {
      what: 'npm',
      state: 'missing',
      detail: 'not on the PATH',
      remedy: 'npm comes with Node.js; it is needed when dependencies change.',
    };
  }
}

async function temporalFinding(settings: Settings): Promise<{ finding: Finding; tried: readonly SourceTried[] }> {
  const what = 'Temporal';
  if (settings.TEMPORAL_ADDRESS !== undefined) return { finding: { what, state: 'ok', detail: settings.TEMPORAL_ADDRESS }, tried: [] };
  try {
    const { path: file, source, version, tried } = await findTemporalCli({ settings, mayFetch: false });
    return { finding: { what, state: 'ok', detail: `CLI ${version} from ${source}: ${file}` }, tried };
  } catch (error) {
    if (!(error instanceof NoTemporalCli)) return { finding: { what, ...wrong(error) }, tried: [] };
    const detail = `CLI ${TEMPORAL_CLI_VERSION} is not on this machine`;
    const finding: Finding = settings.NEIQIN_OFFLINE
      ? { what, state: 'wrong', detail: `${detail}, and NEIQIN_OFFLINE forbids to fetch it`, remedy: error.remedy }
      : { what, state: 'missing', detail: `${detail}; the next start fetches it` };
    return { finding, tried: error.tried };
  }
}

async function postgresFinding(settings: Settings): Promise<Finding> {
  const what = 'PostgreSQL';
  if (settings.DATABASE_URL !== undefined) return { what, state: 'ok', detail: 'the one of DATABASE_URL' };
  try {
    const { postgres, user } = await findPostgresBinaries(path.join(settings.NEIQIN_CACHE, 'postgresql'), () => undefined);
    const version = execFileSync(postgres, ['--version'], { encoding: 'utf8' }).trim();
    const account = user === undefined ? '' : `, run by account ${user.uid}`;
    return { what, state: 'ok', detail: `${version}: ${postgres}${account}` };
  } catch (error) {
    return { what, ...wrong(error) };
  }
}

function dataFinding(settings: Settings): Finding {
  const what = 'data';
  const data = settings.NEIQIN_DATA;
  if (!existsSync(data)) return { what, state: 'missing', detail: `${data}; the next start makes it` };
  const { bavail, bsize } = statfsSync(data);
  const cluster = clusterFolder(data);
  const temporal = path.join(data, 'temporal', 'temporal.db');
  const parts = [`${data} (${Math.round((bavail * bsize) / 2 ** 20)} MB free)`];
  parts.push(existsSync(cluster) ? `PostgreSQL in ${cluster}` : 'no PostgreSQL data yet');
  parts.push(existsSync(temporal) ? `Temporal in ${temporal}` : 'no Temporal data yet', `logs in ${path.join(data, 'logs')}`);
  return { what, state: 'ok', detail: parts.join('; ') };
}

function instanceFinding(settings: Settings): Finding {
  const running = findInstance(settings.NEIQIN_DATA);
  return {
    what: 'running',
    state: 'ok',
    detail:
      running === undefined ? 'nothing on these data' : `process ${running.pid}${running.url === undefined ? '' : ` at ${running.url}`}`,
  };
}

async function portFindings(settings: Settings): Promise<Finding[]> {
  if (findInstance(settings.NEIQIN_DATA) !== undefined) return [];
  const file = path.join(settings.NEIQIN_DATA, 'ports.json');
  const remembered: Partial<Record<PortName, number>> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const names: PortName[] = ['PORT'];
  if (settings.DATABASE_URL === undefined) names.push('DATABASE_PORT');
  if (settings.TEMPORAL_ADDRESS === undefined) names.push('TEMPORAL_PORT', 'TEMPORAL_UI_PORT');
  return Promise.all(
    names.map(async (name): Promise<Finding> => {
      const port = remembered[name] ?? settings[name];
      const free = await isPortFree(port, name === 'PORT' ? settings.HOST : '127.0.0.1');
      return { what: name, state: free ? 'ok' : 'missing', detail: `${port} is ${free ? 'free' : 'taken by another program'}` };
    }),
  );
}

function wrong(error: unknown): Pick<Finding, 'state' | 'detail' | 'remedy'> {
  const detail = (error as Error).message;
  return error instanceof Problem ? { state: 'wrong', detail, remedy: error.remedy } : { state: 'wrong', detail };
}

function asText(report: {
  findings: readonly Finding[];
  temporalSources: readonly SourceTried[];
  lastFetch: ReturnType<typeof lastFetch>;
  settings: Record<string, unknown> | undefined;
}): string {
  const colour = { ok: pc.green, missing: pc.yellow, wrong: pc.red };
  const lines = report.findings.flatMap(({ what, state, detail, remedy }) => [
    `${colour[state](state.padEnd(7))} ${what}: ${detail}`,
    ...(remedy === undefined ? [] : [`        → ${remedy}`]),
  ]);
  const sources = (tried: readonly SourceTried[]): string[] =>
    tried.map(({ source, taken, detail }) => `        ${taken ? 'taken' : 'not'.padEnd(5)} ${source}: ${detail}`);
  if (report.temporalSources.length > 0) lines.push('', 'Where the Temporal CLI was looked for:', ...sources(report.temporalSources));
  if (report.lastFetch !== undefined) {
    lines.push('', `When it was last fetched (${report.lastFetch.at}):`, ...sources(report.lastFetch.tried));
  }
  if (report.settings !== undefined) {
    lines.push('', 'Settings:', ...Object.entries(report.settings).map(([name, value]) => `        ${name}=${value ?? ''}`));
  }
  return `${lines.join('\n')}\n`;
}
