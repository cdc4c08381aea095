import { type CheckedReading, type CompiledSources, compileForAnalysis, readAndCheck } from '../compile/compile';
import { CompileMemory } from '../compile/compile-memory';
import type { ProcessEntry } from '../compile/compile-set';
import type { CompilePorts } from '../compile/content-hash';
import type { Compilation, CompiledProcess, Finding, SourceFile } from '../compile/deployment';
import { findingAt, sortFindings } from '../language/finding';
import { readScenario, TEST_DEALERSHIP } from '../language/scenario';
import { checkScenarioReferences } from '../language/scenario-references';
import { type AnalysisModel, analysisModelOf } from './analysis-model';
import type { Judgement } from './controls/judge';
import { lockedFindings } from './controls/locked-controls';
import { type Edge, type Exploration, explore, type SearchBounds } from './explore';
import { givenVariables } from './given-variables';
import { type Outlook, outlookOf } from './outlook';
import type { Remark, Rule } from './rule';
import { rules as allRules } from './rules';
import { openTwice } from './rules/lack-of-synchronisation';
import { applyRuleset, isOwn, type Ruleset, recommended } from './ruleset';
import { silence } from './silence';
import { nodesOf, testDealershipOf } from './trace-scenario';

/** How a check is made. */
export interface CheckOptions {
  ruleset?: Ruleset;
  /** States of one process that are looked at, at most. */
  states?: number;
  /** Milliseconds for the states of one process, at most; only with a clock. */
  ms?: number;
  /** Today, milliseconds since the epoch; without it nothing that depends on the date is checked. */
  nowMs?: number;
  /** Milliseconds from any beginning: the only thing that is asked of the host while it works. */
  clock?: () => number;
}

/** A finding; of the exploration with what leads there. */
export interface CheckedFinding extends Finding {
  trace?: Trace;
}

/** What has to happen in a process, from its start on, for a finding to be seen. */
interface Trace {
  process: string;
  /** The dealership as whose overlays make it; absent: as its document says it. */
  dealership?: string;
  edges: Edge[];
  /** The nodes at which the case then stands; absent where it has stopped. */
  nodes?: string;
}

/** What a check gives. */
export interface CheckResult {
  findings: CheckedFinding[];
  compilation: Compilation;
  sources: CompiledSources;
}

interface Explored {
  exploration: Exploration;
  outlook: Outlook;
}

/** States of one process, where nobody says how many. */
const defaultStates = 6_000;
const defaultMs = 2_000;
/** States of one process in every order, for the shortest ways to what is found. */
const shortestStates = 1_500;
/** States and milliseconds of one process for judging what is locked. */
const lockedStates = 20_000;
const lockedMs = 3_000;
/** Ways through a called process that are tried until one can be played. */
const waysTried = 12;
/** Readings and explorations that are remembered. */
const remembered = 4_000;

/**
 * Checks definition files: everything that the compiler finds, then the rules of the analysis over every process without errors. It remembers what
 * it has read and explored, so that a check after an edit looks at the edited documents only.
 */
export class Checker {
  readonly #readings = new Map<string, { text: string; reading: CheckedReading }>();
  readonly #memory = new CompileMemory();
  readonly #scenarios = new Map<string, ReturnType<typeof readScenario>>();
  readonly #explored = new Map<string, Explored>();
  readonly #judged = new Map<string, Judgement[]>();

  /** What was explored in the last check, by process. */
  readonly #last = new Map<string, Explored>();

  constructor(private readonly ports: CompilePorts) {}

  check(files: readonly SourceFile[], options: CheckOptions = {}): CheckResult {
    const { findings, dealerships, sources } = compileForAnalysis(files, this.ports, (file) => this.#read(file), this.#memory);
    const remarks = allRules.flatMap((rule) => this.#remarks(rule, sources, dealerships, options));
    remarks.push(...lockedFindings(sources, { bounds: () => lockedBounds(options), remembered: this.#judged }));
    if (this.#judged.size > remembered) this.#judged.clear();
    const ruleset = options.ruleset ?? recommended;
    const all = applyRuleset([...findings, ...remarks, ...this.#scenarioFindings(files, findings, dealerships, sources)], ruleset);
    const told = silence<CheckedFinding>(sortFindings(all), files, (finding) => finding.severity !== 'error' || isOwn(finding.rule));
    return { findings: told, compilation: { findings, dealerships }, sources };
  }

  /** The shortest ways through a process of the last check, from its start to an end, one for each last step. */
  waysThrough(process: string): Edge[][] {
    const explored = this.#last.get(process);
    if (explored === undefined) return [];
    const { exploration, outlook } = explored;
    const ends = exploration.states.flatMap(({ number, next, from }) => [
      ...(from?.source === undefined && exploration.states[number]?.state.status === 'completed' ? [[from as Edge]] : []),
      ...next
        .filter(({ target }) => exploration.states[target]?.state.status === 'completed')
        .map((edge) => [...outlook.pathTo(number), edge]),
    ]);
    return ends.sort((one, other) => one.length - other.length).slice(0, waysTried);
  }

  #read(file: SourceFile): CheckedReading {
    const known = this.#readings.get(file.path);
    if (known?.text === file.text) return known.reading;
    const reading = readAndCheck(file);
    if (this.#readings.size > remembered) this.#readings.clear();
    this.#readings.set(file.path, { text: file.text, reading });
    return reading;
  }

  /** What scenarios name that is not there. */
  #scenarioFindings(
    files: readonly SourceFile[],
    before: readonly Finding[],
    dealerships: Compilation['dealerships'],
    sources: CompiledSources,
  ): Finding[] {
    const all = { [TEST_DEALERSHIP]: testDealershipOf(sources), ...dealerships };
    // what a process with an error would have is not known, so nothing is missed in it
    const wrong = new Set(before.flatMap(({ file, severity }) => (severity === 'error' ? [file] : [])));
    const isWhole = files.every((file) => isWholeProcess(file.text, sources) && !(wrong.has(file.path) && this.#runs(file)));
    return files.flatMap((file) => {
      const { document, deviations } = this.#read(file);
      if (document?.kind !== 'scenario' || deviations.length > 0) return [];
      const { scenario, findings } = this.#scenario(file);
      return scenario === undefined || !isWhole ? findings : checkScenarioReferences(scenario, all);
    });
  }

  /** Whether a file says which processes run where. */
  #runs(file: SourceFile): boolean {
    const { document, unread } = this.#read(file);
    const kind = document?.kind ?? unread?.kind;
    return kind === 'dealership' || kind === 'duty' || kind === 'overlay';
  }

  #scenario(file: SourceFile): ReturnType<typeof readScenario> {
    const known = this.#scenarios.get(file.text);
    if (known !== undefined && known.scenario?.file === file.path) return known;
    const read = readScenario(file);
    if (this.#scenarios.size > remembered) this.#scenarios.clear();
    this.#scenarios.set(file.text, read);
    return read;
  }

  #remarks(rule: Rule, sources: CompiledSources, dealerships: Compilation['dealerships'], options: CheckOptions): CheckedFinding[] {
    if (rule.about === 'definitions') {
      const now = options.nowMs === undefined ? {} : { nowMs: options.nowMs };
      return rule.check({ sources, dealerships, ...now }).map((remark) => toFinding(rule, remark));
    }
    const told = new Set<string>();
    return subjectsOf(sources).flatMap(({ process, entry, forms, given, dealership }) => {
      const { compiled, document, index, uses } = entry;
      const explored = this.#explore(compiled, given, forms, options);
      if (dealership === undefined) this.#last.set(process, explored);
      const subject = { model: compiled.model, document, index, uses, forms, ...explored };
      return rule
        .check(subject)
        .map((remark) => toFinding(rule, remark, { process, explored, ...(dealership === undefined ? {} : { dealership }) }))
        .filter((finding) => isNew(finding, told));
    });
  }

  #explore({ hash, model }: CompiledProcess, given: ReadonlySet<string>, forms: CompiledSources['forms'], options: CheckOptions): Explored {
    const { states = defaultStates, ms = defaultMs, clock } = options;
    const key = `${hash} ${states} ${[...given].sort().join()}`;
    const known = this.#explored.get(key);
    if (known !== undefined) return known;
    const began = clock?.() ?? 0;
    const elapsed = clock === undefined ? {} : { elapsedMs: () => clock() - began };
    const explored = withShortestWays(analysisModelOf(model, forms, given), { states, ms, ...elapsed });
    if (this.#explored.size > remembered) this.#explored.clear();
    this.#explored.set(key, explored);
    return explored;
  }
}

/** Explores a process; where there is something to tell and every order can be tried as well, in every order, so that the shortest way there is told. */
function withShortestWays(model: AnalysisModel, bounds: SearchBounds): Explored {
  const exploration = explore(model, bounds);
  const outlook = outlookOf(exploration);
  const { reduced, stopped, states } = exploration;
  const tells = outlook.turningPoints.length + stopped.length > 0 || states.some(({ state }) => openTwice(state).length > 0);
  if (!reduced || !tells) return { exploration, outlook };
  const all = explore(model, { ...bounds, states: Math.min(bounds.states, shortestStates), everyOrder: true });
  return all.complete ? { exploration: all, outlook: outlookOf(all) } : { exploration, outlook };
}

/** What a process has as its document says it, and as overlays make it, is told once, whatever leads there. */
function isNew({ file, line, column, message }: Finding, told: Set<string>): boolean {
  const key = `${file} ${line} ${column} ${message.replace(/, after .*$/u, '')}`;
  const known = told.has(key);
  told.add(key);
  return !known;
}

/** A process with what it is explored with. */
interface Subject {
  process: string;
  entry: ProcessEntry;
  forms: CompiledSources['forms'];
  given: ReadonlySet<string>;
  dealership?: string;
}

/** All processes as their documents say them; then those that overlays make otherwise, each once. */
function subjectsOf(sources: CompiledSources): Subject[] {
  const seen = new Set<string>();
  const of = (processes: ReadonlyMap<string, ProcessEntry>, forms: CompiledSources['forms'], dealership?: string): Subject[] => {
    const given = givenVariables([...processes.values()].map(({ compiled }) => compiled.model));
    return [...processes].flatMap(([process, entry]) => {
      if (seen.has(entry.compiled.hash)) return [];
      seen.add(entry.compiled.hash);
      return [{ process, entry, forms, given: given.get(process) ?? new Set(), ...(dealership === undefined ? {} : { dealership }) }];
    });
  };
  const bare = of(sources.processes, sources.forms);
  return [
    ...bare,
    ...[...sources.tailored].flatMap(([dealership, { processes, catalogue }]) => of(processes, catalogue.forms, dealership)),
  ];
}

/** Bounds for judging what is locked: it decides whether something may be published, so time is generous and states are many. */
function lockedBounds({ states = lockedStates, clock }: CheckOptions): SearchBounds {
  const began = clock?.() ?? 0;
  return { states, ms: lockedMs, ...(clock === undefined ? {} : { elapsedMs: () => clock() - began }) };
}

function toFinding(
  rule: Rule,
  { document, path, part, message, remedy, trace }: Remark,
  of?: { process: string; explored: Explored; dealership?: string },
): CheckedFinding {
  const finding = findingAt(document.place(path, part), { rule: rule.id, severity: rule.severity, message, remedy });
  if (trace === undefined || of === undefined) return finding;
  const last = of.explored.exploration.states[trace.at(-1)?.target ?? -1];
  const nodes = last === undefined ? {} : { nodes: nodesOf(last.state) };
  const at = of.dealership === undefined ? {} : { dealership: of.dealership };
  return { ...finding, trace: { process: of.process, ...at, edges: trace, ...nodes } };
}

/** False for a process that could not be compiled. */
function isWholeProcess(text: string, { processes }: CompiledSources): boolean {
  const id = /^process: *["']?([^\s"'#]+)/mu.exec(text)?.[1];
  return id === undefined || !/^\s*(?:#.*\n\s*)*process:/u.test(text) || processes.has(id);
}
