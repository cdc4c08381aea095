import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import type { Finding, SourceFile } from '../engine/compile/deployment';
import { concerns } from '../engine/compile/overlay/effective';
import { readDocument } from '../engine/language/documents';
import { readDefinitionFiles } from '../server/definitions-folder';
import { findInstance } from '../server/platform/instance';
import type { ReadSettings, Settings } from '../server/platform/settings';
import { reportOf } from './check-report';
import { isInside, rootsOf, WrongUse } from './definition-roots';

/** The options of `neiqin publish` as they were typed. */
export interface PublishOptions {
  readonly url?: string;
  readonly user: string;
}

/** What the command needs of the world: the terminal, or a test. */
export interface PublishTerminal {
  out(text: string): void;
  error(line: string): void;
  /** Asks for the password of a user; undefined where nobody can be asked. */
  askPassword(user: string): Promise<string | undefined>;
}

/** How often a request is repeated, with the same key, while the server says that its outcome is unknown or that it has no time. */
const ATTEMPTS = 5;

const terminal: PublishTerminal = {
  out: (text) => process.stdout.write(text),
  error: (line) => process.stderr.write(`${line}\n`),
  askPassword,
};

/** Adds `neiqin publish [paths...]` to the command line. */
export function registerPublishCommand(program: Command, read: () => ReadSettings, version: string): void {
  program
    .command('publish')
    .description('publish definitions at a running server (exit code 0: published, 1: errors in them, 2: wrong use or no server)')
    .argument('[paths...]', 'files or folders', ['definitions'])
    .option('--url <url>', 'the server; by default the one that was started here')
    .requiredOption('--user <user>', 'an administrator, for example admin@tianhe; the password comes from NEIQIN_PASSWORD or is asked for')
    .action(async (paths: string[], options: PublishOptions) => {
      process.exitCode = await runPublish(paths, options, { settings: read().settings, env: process.env, version }, terminal);
    });
}

/**
 * Uploads what was named to a running server, which publishes all of it or nothing, and prints the findings as `neiqin check` does. Documents of
 * other dealerships than the user's are left out.
 *
 * @returns the exit code: 0 published, 1 errors in the definitions, 2 no such path, no server, or a user who may not
 */
export async function runPublish(
  paths: readonly string[],
  options: PublishOptions,
  context: { settings: Settings; env: NodeJS.ProcessEnv; version: string },
  output: PublishTerminal,
): Promise<0 | 1 | 2> {
  const { settings, env, version } = context;
  try {
    const files = namedFiles(paths);
    const server = new Server(options.url ?? findInstance(settings.NEIQIN_DATA)?.url ?? `http://127.0.0.1:${settings.PORT}`);
    const password = env['NEIQIN_PASSWORD'] ?? (await output.askPassword(options.user));
    if (password === undefined) throw new WrongUse('there is no password: set NEIQIN_PASSWORD');
    const dealership = await server.logIn(options.user, password);
    const own = new Map([...files].filter(([, file]) => !isForeign(file, dealership, output)));
    if (own.size === 0) throw new WrongUse(`there is no definition of "${dealership}" in ${paths.join(', ')}`);
    const { status, body } = await server.publish([...own].map(([name, { text }]) => ({ path: name, text })));
    const findings = body.findings?.map((finding) => ({ ...finding, file: own.get(finding.file)?.path ?? finding.file })) ?? [];
    const textOf = (name: string) => [...own.values()].find((file) => file.path === name)?.text;
    if (findings.length > 0) output.out(reportOf(findings, 'text', { textOf, version }));
    if (status !== 201 && findings.length === 0) throw new WrongUse(`${body.title ?? 'the server refuses'}: ${body.detail ?? status}`);
    if (status === 201) output.out(published(dealership, body));
    else output.error('nothing is published');
    return status === 201 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

/** The files that were named, by their paths in the upload. */
function namedFiles(paths: readonly string[]): Map<string, SourceFile> {
  const files = new Map<string, SourceFile>();
  const roots = [...rootsOf(paths)];
  for (const [index, [root, named]] of roots.entries()) {
    for (const file of readDefinitionFiles(root)) {
      const absolute = path.resolve(file.path);
      if (!named.some((name) => isInside(absolute, name))) continue;
      const inside = path.relative(root, absolute).split(path.sep).join('/');
      files.set(roots.length > 1 ? `${index + 1}/${inside}` : inside, file);
    }
  }
  if (files.size === 0) throw new WrongUse(`there is no definition in ${paths.join(', ')}: files end in .yaml or .yml`);
  return files;
}

function isForeign({ path: file, text }: SourceFile, dealership: string, output: PublishTerminal): boolean {
  if (/^scenario:/mu.test(text)) return false;
  const { document } = readDocument({ path: file, text });
  if (document === undefined || concerns(document, dealership)) return false;
  const [what, other] = document.kind === 'overlay' ? ['an overlay', document.id.replace(/^.*\//u, '')] : ['the document', document.id];
  output.error(`${file} is left out: it is ${what} of "${other}"`);
  return true;
}

interface Body {
  title?: string;
  detail?: string;
  findings?: Finding[];
  processes?: { processDefinitionId: string; version: number; changed: boolean }[];
  forms?: { formId: string; changed: boolean }[];
  registers?: { registerId: string; version: number; changed: boolean }[];
  reports?: { reportId: string; changed: boolean }[];
  templates?: { templateId: string; changed: boolean }[];
}

function published(dealership: string, { processes = [], forms = [], registers = [], reports = [], templates = [] }: Body): string {
  const lines = processes
    .filter(({ changed }) => changed)
    .map(({ processDefinitionId, version }) => `  ${processDefinitionId} version ${version}\n`);
  lines.push(...forms.filter(({ changed }) => changed).map(({ formId }) => `  form ${formId}\n`));
  lines.push(
    ...registers.filter(({ changed }) => changed).map(({ registerId, version }) => `  register ${registerId} version ${version}\n`),
  );
  lines.push(...reports.filter(({ changed }) => changed).map(({ reportId }) => `  report ${reportId}\n`));
  lines.push(...templates.filter(({ changed }) => changed).map(({ templateId }) => `  template ${templateId}\n`));
  const same = processes.filter(({ changed }) => !changed).length;
  const rest = same === 0 ? '' : `  ${same} process${same === 1 ? '' : 'es'} unchanged\n`;
  return `published at ${dealership}:\n${lines.join('')}${rest}`;
}

class Server {
  #token = '';

  constructor(private readonly url: string) {}

  /** Gives the dealership of the user. */
  async logIn(username: string, password: string): Promise<string> {
    const { status, body } = await this.#post<Body & { token: string; user: { dealership: string } }>('/v1/sessions', {
      username,
      password,
    });
    if (status !== 201) throw new WrongUse(`${username} cannot log in at ${this.url}: ${body.detail ?? status}`);
    this.#token = body.token;
    return body.user.dealership;
  }

  async publish(files: SourceFile[]): Promise<{ status: number; body: Body }> {
    const key = randomUUID();
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#post<Body>('/v1/deployments', { files }, key);
      if (answer.status !== 503 || attempt === ATTEMPTS) return answer;
      await new Promise((resolve) => setTimeout(resolve, 1_000 * attempt));
    }
  }

  async #post<T>(route: string, body: object, key?: string): Promise<{ status: number; body: T }> {
    const headers: Record<string, string> = { 'content-type': 'application/json', 'accept-language': 'en' };
    if (this.#token !== '') headers['authorization'] = `Bearer ${this.#token}`;
    if (key !== undefined) headers['idempotency-key'] = key;
    try {
      const answer = await fetch(new URL(route, this.url), { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: answer.status, body: (await answer.json()) as T };
    } catch (error) {
      throw new WrongUse(`no server of neiqin answers at ${this.url}: ${(error as Error).message}`);
    }
  }
}

/** Reads a line without showing it. */
async function askPassword(user: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  process.stderr.write(`password of ${user}: `);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: unseen, terminal: true });
  try {
    return await reader.question('');
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}
