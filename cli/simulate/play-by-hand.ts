import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { parse } from 'yaml';
import { sampleOf } from '../../engine/analyse/samples';
import type { CompiledDealership } from '../../engine/compile/deployment';
import type { JsonObject } from '../../engine/json';
import { TEST_DEALERSHIP } from '../../engine/language/scenario';
import { quoted, suggestion } from '../../engine/language/suggestion';
import { WrongUse } from '../definition-roots';
import { scenarioText } from '../recording/scenario-text';
import { compiledAt, type SimulateOptions, type SimulateOutput } from '../simulate-command';
import { pictureOf } from './case-picture';
import { type Choice, DryRun } from './dry-run';

const MONDAY = '2026-03-02T09:00:00+08:00';
const HELP = 'a number does it; u takes the last step back; s saves a scenario; q ends';

/** Asks for a line; undefined where there are no more. */
type Ask = (question: string) => Promise<string | undefined>;

/**
 * Plays a process in the terminal, one choice after the other, until its user has enough. Lines that do not come from a terminal are taken the same way, so
 * that a script can play.
 *
 * @returns the exit code: 0 played, 1 no case could begin, 2 wrong use or definitions with errors
 */
export async function playByHand(
  id: string | undefined,
  folder: string,
  options: SimulateOptions,
  output: SimulateOutput,
): Promise<0 | 1 | 2> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr, terminal: process.stdin.isTTY === true });
  const lines = terminal[Symbol.asyncIterator]();
  const ask: Ask = async (question) => {
    process.stderr.write(question);
    const { value, done } = await lines.next();
    return done === true ? undefined : String(value).trim();
  };
  try {
    const dealership = dealershipOf(await compiledAt(folder, output), options.for);
    const process = chosenProcess(dealership, id);
    const variables = await startVariables(dealership, process, options.start, ask, output);
    const run = await DryRun.begin(dealership, process, timeOf(options.at), variables, options.lang);
    if (typeof run === 'string') {
      output.error(`no case could begin: ${run}`);
      return 1;
    }
    await play(run, dealership, ask, output, options.lang);
    return 0;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  } finally {
    terminal.close();
  }
}

async function play(
  run: DryRun,
  dealership: CompiledDealership,
  ask: Ask,
  output: SimulateOutput,
  language: SimulateOptions['lang'],
): Promise<void> {
  for (;;) {
    const choices = run.choices();
    output.out('');
    for (const line of pictureOf(run.case, dealership.timezone, process.stdout.columns ?? 80, language)) output.out(line);
    output.out('');
    for (const [at, { label }] of choices.entries()) output.out(`${String(at + 1).padStart(3)}  ${label}`);
    const typed = await ask(`${HELP}\n> `);
    if (typed === undefined || typed === 'q') return;
    if (typed === 'u') output.out(run.undo() ? 'taken back' : 'nothing to take back');
    else if (typed === 's' || typed.startsWith('s ')) await save(run, typed.slice(2), ask, output);
    else await take(choices[Number(typed) - 1], ask, output);
  }
}

async function take(choice: Choice | undefined, ask: Ask, output: SimulateOutput): Promise<void> {
  if (choice === undefined) return output.error(HELP);
  const answers: Record<string, string> = {};
  for (const { name, text, suggestion: suggested } of choice.asks) {
    const typed = await ask(`${text} [${suggested}]: `);
    answers[name] = typed === undefined || typed === '' ? suggested : typed;
  }
  const acted = await choice.act(answers);
  if (!acted.ok) output.out(`refused: ${acted.message}`);
}

async function save(run: DryRun, named: string, ask: Ask, output: SimulateOutput): Promise<void> {
  const typed = named.trim() === '' ? await ask(`file [${run.model.id}-played.yaml]: `) : named.trim();
  const file = typed === undefined || typed === '' ? `${run.model.id}-played.yaml` : typed;
  try {
    writeFileSync(file, scenarioText(run.scenario('played by hand')), { flag: 'wx' });
    output.out(`saved to ${file}: neiqin test plays it`);
  } catch (error) {
    output.out(`not saved: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function dealershipOf(dealerships: Readonly<Record<string, CompiledDealership>>, id = TEST_DEALERSHIP): CompiledDealership {
  const dealership = dealerships[id] ?? (id === TEST_DEALERSHIP ? Object.values(dealerships)[0] : undefined);
  if (dealership !== undefined) return dealership;
  throw new WrongUse(`there is no dealership ${quoted(id)}: ${suggestion(id, Object.keys(dealerships)) ?? 'name one of the definitions'}`);
}

function chosenProcess(dealership: CompiledDealership, id: string | undefined): string {
  const known = Object.keys(dealership.processes);
  if (id !== undefined && known.includes(id)) return id;
  const list = `there are ${known.join(', ')}`;
  if (id === undefined) throw new WrongUse(`name a process: ${list}`);
  throw new WrongUse(`there is no process ${quoted(id)} at ${quoted(dealership.id)}: ${suggestion(id, known) ?? list}`);
}

async function startVariables(
  dealership: CompiledDealership,
  id: string,
  given: string | undefined,
  ask: Ask,
  output: SimulateOutput,
): Promise<JsonObject> {
  const model = dealership.processes[id]?.model;
  const wanted = Object.entries(model?.variables ?? {}).filter(
    ([name, { default: value }]) => value === undefined && isGivenAtStart(name, model),
  );
  if (given !== undefined) return mapIn(given);
  if (wanted.length === 0) return {};
  const sample = JSON.stringify(Object.fromEntries(wanted.map(([name, { type }]) => [name, sampleOf(type)])));
  for (;;) {
    const typed = await ask(`start with [${sample}]: `);
    if (typed === undefined || typed === '') return mapIn(sample);
    try {
      return mapIn(typed);
    } catch (error) {
      if (!(error instanceof WrongUse)) throw error;
      output.error(error.message);
    }
  }
}

/** Variables that no step sets: those that the start form gives, or that the business key reads. */
function isGivenAtStart(name: string, model: CompiledDealership['processes'][string]['model'] | undefined): boolean {
  return model?.businessKey?.reads.includes(name) === true || model?.startForm?.result === name;
}

function mapIn(text: string): JsonObject {
  try {
    const value = parse(text) as unknown;
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // said below
  }
  throw new WrongUse(`"${text}" is no map of variables: write { order: { number: SO-1 } }`);
}

function timeOf(text = MONDAY): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new WrongUse(`"${text}" is no point in time: write ${MONDAY}`);
  return ms;
}
