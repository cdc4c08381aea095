import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, cpSync, existsSync, lstatSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Connection, Client as TemporalClient } from '@temporalio/client';
import type { JsonObject } from '../../engine/json';
import type { FailpointName } from '../../server/failpoint';
import { dataConverter } from '../../server/payload-codec';
import { findInstance } from '../../server/platform/instance';
import { findRunning } from '../../server/platform/process-record';
import { projectRoot } from '../../server/platform/project-root';
import { readSettings } from '../../server/platform/settings';
import { findTemporalCli } from '../../server/platform/temporal-cli';
import { freePorts } from '../setup/free-ports';
import { Carrier } from './carrier';

/** Nothing answered, or that the outcome is unknown: to be repeated with the same key. */
export class NoAnswerError extends Error {}

export interface Answer {
  status: number;
  body: JsonObject;
  replayed: boolean;
}

export interface Call {
  role: string;
  method: 'GET' | 'POST';
  path: string;
  body?: JsonObject;
  key?: string;
}

export interface StartOptions {
  /** Where the process is to be killed, `name` or `name:n`. */
  failpoint?: FailpointName | `${FailpointName}:${number}`;
}

/** On a machine that is busy with other tests. */
const READY_WITHIN_MS = 150_000;
/** Settings of whoever runs the tests must not reach the product, but for where downloads lie. */
const foreign = /^(NEIQIN_(?!CACHE$)|TEMPORAL_|DATABASE_|npm_|HOST$|PORT$)/;

/**
 * The real product, `neiqin start`, as a process of its own with its own data, ports and definitions: these are the shipped ones, with a
 * carrier of the test's and a connector that is tried again after 5 s.
 */
export class Product {
  readonly #tokens = new Map<string, string>();
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #output = '';

  private constructor(
    readonly folder: string,
    readonly carrier: Carrier,
    readonly ports: { PORT: number; DATABASE_PORT: number; TEMPORAL_PORT: number; TEMPORAL_UI_PORT: number },
    private readonly more: Record<string, string>,
  ) {}

  /**
   * @param options.eventsPerRun history length at which Temporal suggests to continue as a new run
   * @param options.like a stopped one whose data are copied, which saves the making of databases
   */
  static async create(options: { eventsPerRun?: number; like?: Product } = {}): Promise<Product> {
    const folder = mkdtempSync(path.join(tmpdir(), 'neiqin-faults-'));
    chmodSync(folder, 0o711); // PostgreSQL's account passes through
    const carrier = await Carrier.start();
    copyDefinitions(path.join(folder, 'definitions'), carrier.url);
    const [port, database, temporal, ui] = (await freePorts(4)) as [number, number, number, number];
    const more = options.eventsPerRun === undefined ? {} : { NEIQIN_TEMPORAL_CLI: await wrapTemporal(folder, options.eventsPerRun) };
    const product = new Product(
      folder,
      carrier,
      { PORT: port, DATABASE_PORT: database, TEMPORAL_PORT: temporal, TEMPORAL_UI_PORT: ui },
      more,
    );
    // behind a link, where PostgreSQL's account cannot enter the folder, the files are not ours to copy
    const { like } = options;
    if (like !== undefined && !lstatSync(path.join(like.data, 'postgresql')).isSymbolicLink()) {
      execFileSync('cp', ['-a', like.data, product.data]);
    }
    return product;
  }

  get data(): string {
    return path.join(this.folder, 'data');
  }

  get definitions(): string {
    return path.join(this.folder, 'definitions');
  }

  get output(): string {
    return this.#output;
  }

  /** Starts it and waits until it is ready. */
  async start(options: StartOptions = {}): Promise<void> {
    const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
    const ports = Object.entries(this.ports).map(([name, value]) => [name, String(value)]);
    const child = spawn(process.execPath, [path.join(projectRoot, 'bin', 'neiqin.js'), 'start'], {
      env: {
        ...Object.fromEntries([...inherited, ...ports]),
        NEIQIN_DATA: this.data,
        NEIQIN_DEFINITIONS: this.definitions,
        ...this.more,
        ...(options.failpoint === undefined ? {} : { NEIQIN_FAILPOINT: options.failpoint }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (this.#output += text));
    this.#ended = new Promise((resolve) => child.once('close', () => resolve()));
    for (const begun = Date.now(); ; await pause(25)) {
      const instance = findInstance(this.data);
      if (instance?.pid === child.pid && instance?.url !== undefined) return;
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended while starting:\n${this.#output}`);
      if (Date.now() - begun > READY_WITHIN_MS) throw new Error(`it did not start:\n${this.#output}`);
    }
  }

  /** Whether its process has ended by SIGKILL. */
  get isKilled(): boolean {
    return this.#child?.signalCode === 'SIGKILL';
  }

  /** Waits until it has killed itself, and kills its servers before they can end in good order. */
  async awaitDeath(withinMs: number): Promise<void> {
    const child = this.#child as ChildProcess;
    for (const begun = Date.now(); child.signalCode === null && child.exitCode === null; await pause(1)) {
      if (Date.now() - begun > withinMs) throw new Error(`it passed no failpoint within ${withinMs} ms:\n${this.#output}`);
    }
    await this.killEverything();
  }

  /** SIGKILL for the product, its PostgreSQL and its Temporal; nobody can write anything more. */
  async killEverything(): Promise<void> {
    for (const name of ['temporal.json', 'postgresql.json']) kill(findRunning(path.join(this.data, 'run', name))?.pid);
    if (this.#child !== undefined && this.#child.signalCode === null && this.#child.exitCode === null) kill(this.#child.pid);
    // a server that was just being started has a record only now
    await this.#ended;
    for (const name of ['temporal.json', 'postgresql.json']) kill(findRunning(path.join(this.data, 'run', name))?.pid);
  }

  /** Ends it in good order. */
  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM');
    await this.#ended;
  }

  /** Kills everything and removes what it left. */
  async remove(): Promise<void> {
    await this.killEverything();
    await this.carrier.stop();
    const cluster = path.join(this.data, 'postgresql');
    if (existsSync(cluster)) rmSync(realpathSync(cluster), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** Asks the API; an answer of 5xx, or none, is a {@link NoAnswerError}. */
  async ask(call: Call): Promise<Answer> {
    let token = this.#tokens.get(call.role);
    if (token === undefined) {
      const { body } = await this.#send({
        method: 'POST',
        path: '/v1/sessions',
        body: { username: `${call.role}@tianhe`, password: 'neiqin' },
      });
      token = String(body['token']);
      this.#tokens.set(call.role, token);
    }
    return this.#send({ ...call, token });
  }

  async #send(call: Omit<Call, 'role'> & { token?: string }): Promise<Answer> {
    const { token, key, body } = call;
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      'idempotency-key': key ?? randomUUID(),
    };
    let answer: Answer;
    try {
      const response = await fetch(`http://127.0.0.1:${this.ports.PORT}${call.path}`, {
        method: call.method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(20_000),
      });
      const replayed = response.headers.get('idempotency-replayed') === 'true';
      answer = { status: response.status, replayed, body: (await response.json()) as JsonObject };
    } catch (error) {
      throw new NoAnswerError(String((error as Error).cause ?? error));
    }
    if (answer.status >= 500) throw new NoAnswerError(`${call.path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  /** As the superuser, whom row-level security does not bind. */
  databaseUrl(database = 'neiqin', user = 'postgres'): string {
    const passwords = JSON.parse(readFileSync(path.join(this.data, 'postgresql-passwords.json'), 'utf8')) as Record<string, string>;
    return `postgresql://${user}:${passwords[user]}@127.0.0.1:${this.ports.DATABASE_PORT}/${database}`;
  }

  async temporal<T>(work: (client: TemporalClient) => Promise<T>): Promise<T> {
    const connection = await Connection.connect({ address: `127.0.0.1:${this.ports.TEMPORAL_PORT}` });
    try {
      return await work(new TemporalClient({ connection, dataConverter }));
    } finally {
      await connection.close();
    }
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // it is gone already
  }
}

function copyDefinitions(folder: string, quoteUrl: string): void {
  cpSync(path.join(projectRoot, 'definitions'), folder, { recursive: true });
  rewrite(path.join(folder, 'dealerships', 'tianhe.yaml'), /quoteUrl: "[^"]*"/, `quoteUrl: "${quoteUrl}"`);
  rewrite(
    path.join(folder, 'base', 'processes', 'book-transport.yaml'),
    /^( *)connector: http.request$/m,
    '$&\n$1timeout: { attempt: PT5S }',
  );
}

function rewrite(file: string, from: RegExp, to: string): void {
  const text = readFileSync(file, 'utf8');
  if (!from.test(text)) throw new Error(`${file} has nothing like ${from}`);
  writeFileSync(file, text.replace(from, to));
}

/** A Temporal CLI whose server suggests a new run early. */
async function wrapTemporal(folder: string, eventsPerRun: number): Promise<string> {
  const { settings } = readSettings(process.env);
  const cli = await findTemporalCli({ settings, progress: () => undefined });
  const file = path.join(folder, 'temporal');
  const option = `--dynamic-config-value limit.historyCount.suggestContinueAsNew=${eventsPerRun}`;
  writeFileSync(file, `#!/bin/sh\n[ "$1" = server ] && set -- "$@" ${option}\nexec '${cli.path}' "$@"\n`, { mode: 0o755 });
  return file;
}
