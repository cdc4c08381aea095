import path from 'node:path';
import { announceInstance, claimData, releaseData } from '../server/platform/instance';
import type { Progress } from '../server/platform/problem';
import { findServers, runningParts, type Servers, startServers } from '../server/platform/servers';
import type { ReadSettings, Settings } from '../server/platform/settings';
import * as product from './product';
import { installShutdown } from './shutdown';

/** `neiqin start`: everything in one process, with embedded servers for those that the settings do not name. */
export async function runStart(read: ReadSettings, progress: Progress): Promise<void> {
  const { settings } = read;
  const shutdown = installShutdown(progress);
  await claimData(settings.NEIQIN_DATA);
  process.on('exit', () => releaseData(settings.NEIQIN_DATA));
  try {
    const definitions = product.compileDefinitions(settings);
    const servers = await startServers(read, progress, shutdown.onStop, shutdown.fail);
    const context = { settings, databaseUrl: servers.databaseUrl, temporalAddress: servers.temporalAddress, progress };
    progress('bringing the database up to date …');
    await product.migrate(context);
    await product.publishDefinitions(context, definitions);
    const accounts = settings.NEIQIN_DEMO ? await product.createDemo(context) : [];
    progress('starting worker and API …');
    shutdown.onStop('worker', (await product.startWorker(context)).stop);
    shutdown.onStop('API', (await product.startApi(context, { host: settings.HOST, port: servers.apiPort })).stop);
    const url = urlOf(settings.HOST, servers.apiPort);
    announceInstance(settings.NEIQIN_DATA, { ...runningParts(servers), url });
    progress('ready.');
    process.stdout.write(`${welcome(url, servers, accounts, settings)}\n`);
  } catch (error) {
    shutdown.fail(error);
  }
}

/** `neiqin worker`: one of any number of workers. */
export async function runWorker(read: ReadSettings, progress: Progress): Promise<void> {
  const context = { settings: read.settings, ...findServers(read.settings), progress };
  const shutdown = installShutdown(progress);
  shutdown.onStop('worker', (await product.startWorker(context)).stop);
  progress(`the worker takes tasks from ${read.settings.TEMPORAL_TASK_QUEUE} at ${context.temporalAddress}`);
}

/** `neiqin api`: one of any number of API servers. */
export async function runApi(read: ReadSettings, progress: Progress): Promise<void> {
  const { settings } = read;
  const context = { settings, ...findServers(settings), progress };
  const shutdown = installShutdown(progress);
  shutdown.onStop('API', (await product.startApi(context, { host: settings.HOST, port: settings.PORT })).stop);
  process.stdout.write(`neiqin listens on ${urlOf(settings.HOST, settings.PORT)}\n`);
}

/** `neiqin migrate`: the schema, and on request the definitions and demo accounts; then it ends. */
export async function runMigrate(read: ReadSettings, progress: Progress, options: { publish?: boolean }): Promise<void> {
  const { settings } = read;
  const databaseUrl = settings.DATABASE_URL ?? findServers(settings).databaseUrl;
  const context = { settings, databaseUrl, temporalAddress: settings.TEMPORAL_ADDRESS ?? '', progress };
  await product.migrate(context);
  if (options.publish) {
    await product.publishDefinitions(context, product.compileDefinitions(settings));
    if (settings.NEIQIN_DEMO) await product.createDemo(context);
  }
  progress('the database is up to date.');
}

function urlOf(host: string, port: number): string {
  return `http://${host === '0.0.0.0' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`;
}

function welcome(
  url: string,
  servers: Servers,
  accounts: readonly product.DemoAccount[],
  { NEIQIN_DATA: data, NEIQIN_VIRTUAL_TIME: virtualTime, SMTP_URL: smtpUrl }: Settings,
): string {
  const lines = ['', `neiqin listens on ${url}`];
  if (virtualTime)
    lines.push('  rehearsal: clocks of cases stand still and connectors wait, until somebody moves or answers them (NEIQIN_VIRTUAL_TIME)');
  const first = accounts[0];
  if (first !== undefined) {
    const body = JSON.stringify({ username: first.username, password: first.password });
    lines.push(`  log in:    curl -X POST ${url}/v1/sessions -H 'Content-Type: application/json' -d '${body}'`);
    const passwords = [...new Set(accounts.map(({ password }) => password))];
    lines.push(`  accounts:  ${accounts.map(({ username }) => username).join(', ')}`);
    lines.push(`  password:  ${passwords.join(', ')} (demo accounts; NEIQIN_DEMO=false leaves them out)`);
  }
  if (servers.temporalUiUrl !== undefined) lines.push(`  Temporal:  ${servers.temporalUiUrl}`);
  if (smtpUrl === undefined) lines.push(`  mails:     ${path.join(data, 'outbox')} (SMTP_URL sends them)`);
  return [...lines, `  data:      ${data}`, '  stop with Ctrl-C', ''].join('\n');
}
