import path from 'node:path';
import pc from 'picocolors';
import { closureOf } from '../../engine/compile/closure';
import type { CompiledDealership, Finding, SourceFile } from '../../engine/compile/deployment';
import { formatFinding } from '../../engine/language/finding';
import { runScenario, type ScenarioResult } from '../../engine/language/run-scenario';
import type { Scenario } from '../../engine/language/scenario';
import { readDefinitionFiles } from '../../server/definitions-folder';
import { rootsOf, WrongUse } from '../definition-roots';
import { isChosen, type ScenarioFilter } from '../scenario-runs';
import { loadScenarios, printResult, type TestOutput } from '../test-command';
import { ApiClient, Unanswered } from './api-client';
import { ApiHost } from './api-host';
import { type Skip, skipOf } from './skips';
import { withUniqueKeys } from './unique-keys';

/** The options of `neiqin test --live` as they were typed. */
export interface LiveOptions extends ScenarioFilter {
  json?: boolean;
  user?: string;
  token?: string[];
  publish?: boolean;
  timeout?: string;
}

/** Everybody knows it: demo accounts have it. */
const DEMO_PASSWORD = 'neiqin';
const MOST_SECONDS = 3_600;

type Outcome = ({ skip: Skip } & { scenario: Scenario }) | ScenarioResult;

/**
 * Runs scenarios through the API of a server and prints how each went. Each plays a case of its own, which is canceled where it is still
 * open afterwards; its keys are made unique, so that it can be repeated.
 *
 * @returns the exit code: 0 none fails, 1 one fails, 2 no such path, no scenario there, definitions with errors, or no server
 */
export async function runLiveTests(paths: readonly string[], url: string, options: LiveOptions, output: TestOutput): Promise<0 | 1 | 2> {
  const started = performance.now();
  try {
    const api = new ApiClient(url, process.env['NEIQIN_PASSWORD'] ?? DEMO_PASSWORD, timeoutOf(options), tokensOf(options));
    const outcomes: Outcome[] = [];
    for (const [root, named] of rootsOf(paths)) {
      const files = readDefinitionFiles(root);
      const { scenarios, dealerships, errors } = await loadScenarios(files, named, output);
      if (errors > 0) throw new WrongUse('the definitions have errors; no scenario was run');
      const live = new LiveTests(api, root, files, options);
      for (const scenario of scenarios.filter((one) => isChosen(one, options))) {
        const outcome = await live.run(scenario, dealerships[scenario.dealership] as CompiledDealership);
        if (options.json !== true && !isElsewhere(outcome)) print(outcome, output);
        outcomes.push(outcome);
      }
    }
    if (outcomes.length === 0)
      throw new WrongUse(`there is no scenario in ${paths.join(', ')}: a scenario begins with "scenario: <title>"`);
    const elsewhere = elsewhereBy(outcomes);
    if ([...elsewhere.values()].reduce((sum, count) => sum + count, 0) === outcomes.length)
      throw new WrongUse(`${[...elsewhere.keys()].join('; ')}; no scenario was run`);
    if (options.json !== true)
      for (const [reason, count] of elsewhere)
        output.out(`${pc.yellow('skip')}  ${count} ${count === 1 ? 'scenario' : 'scenarios'}: ${reason}`);
    const skipped = outcomes.filter((outcome) => 'skip' in outcome).length;
    const failed = outcomes.filter((outcome) => 'failures' in outcome && outcome.failures.length > 0).length;
    if (options.json === true) output.out(jsonReport(url, outcomes));
    const counts = `${outcomes.length - failed - skipped} passed, ${failed} failed, ${skipped} skipped`;
    if (options.json !== true)
      output.out(`\n${failed > 0 ? pc.red(counts) : pc.green(counts)} at ${url} (${Math.round(performance.now() - started)} ms)`);
    return failed > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

function isElsewhere(outcome: Outcome): boolean {
  return 'skip' in outcome && outcome.skip.everywhere === true;
}

/** How many scenarios belong to dealerships that the server does not have, by reason: told once, not once for each of them. */
function elsewhereBy(outcomes: readonly Outcome[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const outcome of outcomes)
    if ('skip' in outcome && isElsewhere(outcome)) counts.set(outcome.skip.reason, (counts.get(outcome.skip.reason) ?? 0) + 1);
  return counts;
}

function jsonReport(url: string, outcomes: readonly Outcome[]): string {
  const scenarios = outcomes.map((outcome) => {
    const { title, file } = outcome.scenario;
    if ('skip' in outcome) return { title, file, outcome: 'skipped', line: outcome.skip.line, reason: outcome.skip.reason };
    const failures = outcome.failures.map(({ place, message, expected, actual }) => ({ line: place.line, message, expected, actual }));
    return { title, file, outcome: failures.length === 0 ? 'passed' : 'failed', failures };
  });
  return JSON.stringify({ url, scenarios }, null, 2);
}

function timeoutOf({ timeout = '30' }: LiveOptions): number {
  const seconds = Number(timeout);
  if (!(seconds > 0 && seconds <= MOST_SECONDS))
    throw new WrongUse(`--timeout "${timeout}" is no number of seconds up to ${MOST_SECONDS}: write 30`);
  return seconds * 1_000;
}

function tokensOf({ token = [] }: LiveOptions): Map<string, string> {
  return new Map(
    token.map((given) => {
      const [, user, session] = /^([^=\s]+)=(\S+)$/u.exec(given) ?? [];
      if (user === undefined || session === undefined)
        throw new WrongUse(`--token "${given}" is not understood: write --token clerk@tianhe=<token>`);
      return [user, session];
    }),
  );
}

function print(outcome: Outcome, output: TestOutput): void {
  if (!('skip' in outcome)) return printResult(outcome, output);
  const { scenario, skip } = outcome;
  output.out(`${pc.yellow('skip')}  ${scenario.title}  ${pc.dim(scenario.file)}`);
  output.out(`      ${scenario.file}:${skip.line}: ${skip.reason}`);
}

function unanswered(scenario: Scenario, { message }: Unanswered, timeoutMs: number): ScenarioResult {
  const expected = `an answer within ${timeoutMs / 1_000} s; --timeout allows more`;
  return { scenario, failures: [{ place: scenario.place, message: 'the server', expected, actual: message }], observation: undefined };
}

/** What could not be cleared away stays; the scenario's own result says why. */
function ignoreUnanswered(error: unknown): void {
  if (!(error instanceof Unanswered)) throw error;
}

/** The engine asks nobody's rights to steer a case; the API does. What it does not let a person do is no fault of the process. */
function forbidden({ scenario, failures }: ScenarioResult): Outcome | undefined {
  const [failure] = failures;
  if (failure === undefined || !failure.actual.startsWith('refused: forbidden ')) return undefined;
  return { scenario, skip: { line: failure.place.line, reason: 'the API does not give this person the right to do it' } };
}

/** The scenarios of one folder of definitions on one server. */
class LiveTests {
  /** By dealership. */
  readonly #virtualTime = new Map<string, boolean>();
  readonly #published = new Set<string>();
  #runs = 0;

  constructor(
    private readonly api: ApiClient,
    private readonly root: string,
    private readonly files: readonly SourceFile[],
    private readonly options: LiveOptions,
  ) {}

  async run(scenario: Scenario, dealership: CompiledDealership): Promise<Outcome> {
    const admin = this.options.user ?? `admin@${dealership.id}`;
    const skip =
      (await this.#skipOfPlace(scenario, dealership, admin)) ??
      (await skipOf(scenario, dealership, this.api, await this.#isVirtual(admin)));
    if (skip !== undefined) return { scenario, skip };
    const host = new ApiHost(this.api, dealership, admin, await this.#isVirtual(admin));
    try {
      this.#runs += 1;
      const result = await runScenario(withUniqueKeys(scenario, dealership, `${Date.now()}${this.#runs}`.slice(-10)), dealership, host);
      return forbidden(result) ?? result;
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      return unanswered(scenario, error, this.api.timeoutMs);
    } finally {
      await host.leave().catch(ignoreUnanswered);
    }
  }

  /** Why the scenario's process cannot be run by the scenario's dealership on this server. */
  async #skipOfPlace(scenario: Scenario, dealership: CompiledDealership, admin: string): Promise<Skip | undefined> {
    const at = (key: string, reason: string): Skip => ({ line: scenario.placeOf([key]).line, reason });
    if (!(await this.api.knows(admin))) {
      const reason = `"${admin}" cannot log in: the server has no dealership "${dealership.id}", or --user names its administrator`;
      return { ...at('dealership', reason), everywhere: true };
    }
    const { body } = await this.api.ask(admin, { method: 'GET', path: '/v1/me' });
    if (body['dealership'] !== dealership.id) return at('dealership', `"${admin}" belongs to another dealership: "${body['dealership']}"`);
    const stale = await this.#stale(scenario, dealership, admin);
    if (stale === undefined) return undefined;
    if (this.options.publish !== true)
      return at('process', `process "${stale.process}" is ${stale.how} at "${dealership.id}": add --publish`);
    await this.#publish(dealership, admin);
    return undefined;
  }

  async #isVirtual(admin: string): Promise<boolean> {
    const known = this.#virtualTime.get(admin) ?? (await this.api.ask(admin, { method: 'GET', path: '/v1/demo' })).status === 200;
    this.#virtualTime.set(admin, known);
    return known;
  }

  /** The first process of the scenario that is not published as it is here. */
  async #stale(
    { process }: Scenario,
    dealership: CompiledDealership,
    admin: string,
  ): Promise<{ process: string; how: string } | undefined> {
    for (const [id, hash] of Object.entries(closureOf(dealership, process).processes)) {
      if (this.#published.has(`${dealership.id} ${hash}`)) continue;
      const { status, body } = await this.api.ask(admin, { method: 'GET', path: `/v1/process-definitions/${encodeURIComponent(id)}` });
      if (status === 200 && body['hash'] === hash) this.#published.add(`${dealership.id} ${hash}`);
      else return { process: id, how: status === 200 ? 'published in another version' : 'not published' };
    }
    return undefined;
  }

  async #publish(dealership: CompiledDealership, admin: string): Promise<void> {
    const own = this.files.filter(({ text }) => {
      const other = /^dealership: *["']?([a-z0-9-]+)/mu.exec(text)?.[1];
      return other === undefined || other === dealership.id || /^scenario:/mu.test(text);
    });
    const files = own.map((file) => ({
      path: path.relative(this.root, path.resolve(file.path)).split(path.sep).join('/'),
      text: file.text,
    }));
    const { status, body } = await this.api.ask(admin, { method: 'POST', path: '/v1/deployments', body: { files } });
    if (status === 201) return;
    const findings = ((body['findings'] ?? []) as unknown as Finding[]).map((finding) => `\n${formatFinding(finding)}`);
    throw new WrongUse(`the server does not publish the definitions: ${body['detail'] ?? status}${findings.join('')}`);
  }
}
