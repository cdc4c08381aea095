import type { DecisionTable } from '../decision/decision-table';
import type { NameScope } from '../feel/compile';
import { evaluate } from '../feel/evaluate';
import type { Expression } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import { breach } from '../runtime/constraint';
import type { CallActivityNode, LocalizedText, VariableDeclaration } from '../runtime/process-model';
import { compileDecision, decisionType, namesWanted } from './compile-decision';
import { checkConnector } from './connector-uses';
import type { ProcessContext } from './context';
import { EventCompiler } from './events';
import type { CompiledValue } from './expressions';
import type { NodeDraft } from './graph';
import { localizedText } from './localized-text';
import { LoopCompiler, mutexOf } from './loops';
import { secretsNamed } from './secrets-named';
import {
  type ActivityKind,
  type Element,
  innermostOf,
  isActivity,
  listOf,
  mapOf,
  namesOf,
  textOf,
  variableOf,
  waits,
} from './step-document';
import { UserTaskCompiler } from './user-task';

type Of<Kind extends NodeDraft['kind']> = Kind extends unknown ? Omit<Extract<NodeDraft, { kind: Kind }>, 'id' | 'boundary'> : never;
/** An activity with what it does; its boundary events are known to whoever reads the flow around it. */
export type ActivityDraft = Extract<NodeDraft, { boundary: string[] }>;

/** What an expression asks the time with: its value is not known before it is asked. */
const clockWords = /\b(?:now|today)\s*\(/u;

/** Compiles activities that are no sub-processes into their nodes; a part that has findings is left out, since nothing of it will run. */
export class ActivityCompiler {
  private readonly events: EventCompiler;
  private readonly loops: LoopCompiler;
  private readonly userTasks: UserTaskCompiler;

  constructor(private readonly context: ProcessContext) {
    this.events = new EventCompiler(context);
    this.loops = new LoopCompiler(context);
    this.userTasks = new UserTaskCompiler(context);
  }

  /** The node of an activity, without its boundary events and its compensation. */
  node(element: Element, kind: Exclude<ActivityKind, 'subProcess'>): ActivityDraft {
    return { ...this.head(element), ...this.content(element, kind), ...this.taskOutput(element, kind) } as ActivityDraft;
  }

  /** What a task sets when it is done, beside its result. */
  private taskOutput(element: Element, kind: ActivityKind): { output?: Record<string, Expression> } {
    if (kind === 'callActivity' || mapOf(element.value[kind])['output'] === undefined) return {};
    return { output: this.context.expressionMap([...element.path, kind, 'output'], innermostOf(element)) };
  }

  /** What every activity has: id, title, how it is repeated and guarded. */
  head(element: Element): Pick<ActivityDraft, 'id' | 'boundary'> & Partial<ActivityDraft> {
    const { path, value, kind } = element;
    if (value['retry'] !== undefined && kind !== 'serviceTask') {
      this.context.misplaced([...path, 'retry'], 'only a "serviceTask" is tried again', 'leave "retry" out here');
    }
    const loop = this.loops.rule(element);
    return {
      id: element.id,
      ...titleOf(value),
      boundary: [],
      ...(loop === undefined ? {} : { loop }),
      ...mutexOf(element),
      ...this.region(element),
      ...this.loops.milestone(element),
    };
  }

  /** The steps that are emptied when an activity is done: those at which something can be open. */
  private region(element: Element): { cancels?: string[] } {
    const { path, value, container } = element;
    if (value['cancels'] === undefined) return {};
    const fits = (known: Element) => known !== element && known.container === container && (isActivity(known.kind) || waits(known.kind));
    const cancels = listOf(value['cancels']).flatMap(
      (_, index) => this.context.reference([...path, 'cancels', index], 'another step of the same process or sub-process', fits) ?? [],
    );
    return { cancels };
  }

  private content(element: Element, kind: Exclude<ActivityKind, 'subProcess'>): Of<Exclude<ActivityKind, 'subProcess'>> {
    const at = [...element.path, kind];
    const names = namesOf(element);
    switch (kind) {
      case 'userTask':
        return this.userTasks.content(element);
      case 'serviceTask':
        return this.serviceTask(element);
      case 'scriptTask':
        return { kind, set: this.assignments([...at, 'set'], element) };
      case 'businessRuleTask':
        return this.businessRuleTask(element);
      case 'sendTask':
        return { kind, message: this.events.outgoing([...at, 'message'], names) };
      case 'receiveTask':
        return { kind, message: this.events.message([...at, 'message'], names), result: resultOf(element) };
      case 'callActivity':
        return this.callActivity(element);
      case 'task':
        return { kind };
    }
  }

  private serviceTask(element: Element): Of<'serviceTask'> {
    const { path } = element;
    const names = namesOf(element);
    const timing = this.context.timing(names);
    const { connector, input } = mapOf(element.value['serviceTask']);
    const secrets = secretsNamed(input ?? null);
    const url = textOf(mapOf(input)['url']);
    if (url !== undefined) this.context.uses.addresses.push({ url, path: [...path, 'serviceTask', 'input', 'url'] });
    checkConnector(this.context, element);
    return {
      kind: 'serviceTask',
      connector: String(connector),
      input: this.context.values([...path, 'serviceTask', 'input'], names),
      ...(secrets.length === 0 ? {} : { secrets }),
      result: resultOf(element),
      retry: timing.retry([...path, 'retry']),
      timeout: timing.timeout([...path, 'serviceTask', 'timeout']),
    };
  }

  private assignments(path: Path, element: Element): { variable: string; value: Expression }[] {
    const names = namesOf(element);
    return Object.entries(this.context.expressionMap(path, names)).map(([variable, value]) => {
      this.context.checkVariable(variable, [...path, variable], names);
      this.checkConstant(value, names.declarationOf(variable), variable, [...path, variable]);
      return { variable, value };
    });
  }

  /** A value that reads nothing is known: it has to be one that its variable may have. */
  private checkConstant(value: Expression, declared: VariableDeclaration | undefined, name: string, path: Path): void {
    if (declared?.constraint === undefined || value.reads.length > 0 || clockWords.test(value.text)) return;
    const scope = { nowMs: 0, timezone: 'UTC', read: () => undefined };
    const wanted = evaluate(value, scope, declared.type);
    const given = wanted.ok ? wanted : evaluate(value, scope);
    const misfit = given.ok ? breach(given.value, declared.constraint, name) : undefined;
    const wrong = misfit ?? (wanted.ok ? undefined : wanted.message);
    if (wrong === undefined) return;
    this.context.report.at(path, {
      rule: 'value-misfit',
      message: wrong,
      remedy: 'write a value that fits, or change what is asked of it',
    });
  }

  private businessRuleTask(element: Element): Of<'businessRuleTask'> {
    const at = [...element.path, 'businessRuleTask'];
    const names = namesOf(element);
    const input = this.typedValues([...at, 'input'], names);
    const decision = decisionOf(this.context, element);
    if (decision !== undefined) this.checkDecisionInput(decision, [...at, 'input'], element);
    return {
      kind: 'businessRuleTask',
      decision: decision ?? { id: element.id, hitPolicy: 'UNIQUE', inputs: [], outputs: [], rules: [] },
      input,
      result: resultOf(element),
    };
  }

  /** Values that keep their types on the way: a decision reads dates as dates. */
  private typedValues(path: Path, names: NameScope): Record<string, CompiledValue> {
    const expressions = this.context.expressions(names);
    const values = Object.entries(this.context.values(path, names)).map(([name, value]): [string, CompiledValue] => {
      const type = expressions.typeAt([...path, name]);
      return [name, 'literal' in value || type.kind === 'any' ? value : { ...value, type }];
    });
    return Object.fromEntries(values);
  }

  /** A decision reads what `input` gives it, else what the step sees. */
  private checkDecisionInput(decision: DecisionTable, path: Path, element: Element): void {
    const { report } = this.context;
    const wanted = namesWanted(decision);
    const given = Object.keys(mapOf(report.document.at(path)));
    for (const name of given) {
      if (wanted.includes(name)) continue;
      const message = `decision ${quoted(decision.id)} reads no ${quoted(name)}`;
      report.at([...path, name], { rule: 'unknown-input', message, remedy: suggestion(name, wanted) ?? 'leave it out' }, 'key');
    }
    for (const name of wanted) {
      if (given.includes(name) || namesOf(element).has(name)) continue;
      const message = `decision ${quoted(decision.id)} reads ${quoted(name)}, and there is no such variable`;
      report.at(path, { rule: 'input-missing', message, remedy: `give it: "input: { ${name}: =... }"` });
    }
  }

  private callActivity(element: Element): Of<'callActivity'> {
    const at = [...element.path, 'callActivity'];
    const call = mapOf(element.value['callActivity']);
    const process = String(call['process']);
    const detached = call['detached'] === true;
    this.checkCall(process, at, detached);
    const output = this.output(element, at, process);
    return {
      kind: 'callActivity',
      process,
      ...this.binding(call, process, at),
      ...(detached ? { detached } : {}),
      ...this.allVariables(call['allVariables'], detached, at),
      input: this.context.values([...at, 'input'], namesOf(element)),
      ...(output === undefined ? {} : { output }),
      result: resultOf(element),
    };
  }

  /** What a call is given and gives without a name; a case of its own gives nothing back. */
  private allVariables(given: Json | undefined, detached: boolean, at: Path): Pick<CallActivityNode, 'allVariables'> {
    if (given !== 'in' && given !== 'out' && given !== 'both') return {};
    if (!detached || given === 'in') return { allVariables: given };
    const message = 'nothing comes out of a case of its own';
    this.context.report.at([...at, 'allVariables'], { rule: 'misplaced-key', message, remedy: 'write "allVariables: in"' });
    return {};
  }

  /** What a call sets outside: evaluated under the names of the called process, where these are known. */
  private output(element: Element, at: Path, process: string): Record<string, Expression> | undefined {
    if (mapOf(element.value['callActivity'])['output'] === undefined) return undefined;
    const called = this.context.surroundings.processes.get(process);
    return called === undefined ? {} : this.context.expressionMap([...at, 'output'], called);
  }

  private binding(call: JsonObject, process: string, path: Path): Pick<CallActivityNode, 'binding'> {
    const version = call['version'];
    if (typeof version === 'number') return { binding: { kind: 'version', version } };
    if (version !== 'deployment') return {};
    const { surroundings, report } = this.context;
    const model = surroundings.hashOf(process);
    if (model !== undefined || !surroundings.processes.has(process)) return { binding: { kind: 'deployment', model: model ?? '' } };
    const message = `process ${quoted(process)} calls this one in turn, so that neither can name the other's version`;
    report.at([...path, 'version'], { rule: 'version-cycle', message, remedy: 'write "version: latest"' });
    return {};
  }

  private checkCall(process: string, path: Path, detached: boolean): void {
    const { report, surroundings, uses } = this.context;
    const { processes } = surroundings;
    if (!processes.has(process)) {
      const remedy = suggestion(process, processes.keys()) ?? `write a document "process: ${process}"`;
      report.at([...path, 'process'], { rule: 'unknown-process', message: `there is no process ${quoted(process)}`, remedy });
      return;
    }
    uses.calls.push({ process, path: [...path, 'process'], detached });
    const variables = processes.get(process);
    for (const name of Object.keys(mapOf(report.document.at([...path, 'input'])))) {
      if (variables === undefined || variables.isDeclared(name)) continue;
      const remedy = suggestion(name, variables.declaredNames()) ?? `declare it under "variables" of ${quoted(process)}`;
      const message = `process ${quoted(process)} declares no variable ${quoted(name)}`;
      report.at([...path, 'input', name], { rule: 'unknown-variable', message, remedy }, 'key');
    }
  }
}

/** The decision of a business rule task: that of a document, or the table that stands in the step. */
function decisionOf(context: ProcessContext, element: Element): DecisionTable | undefined {
  const at = [...element.path, 'businessRuleTask', 'decision'];
  const { report, surroundings } = context;
  const id = textOf(report.document.at(at));
  if (id === undefined) return compileDecision(report, at, element.id, inputNames(context, element));
  if (!surroundings.decisions.has(id)) {
    const remedy = suggestion(id, surroundings.decisions.keys()) ?? `write a document "decision: ${id}"`;
    report.at(at, { rule: 'unknown-decision', message: `there is no decision ${quoted(id)}`, remedy });
  }
  return surroundings.decisions.get(id);
}

/** What a table that stands in a step may read: the step's `input` before the variables around it. */
function inputNames(context: ProcessContext, element: Element): NameScope {
  const names = namesOf(element);
  const at = [...element.path, 'businessRuleTask', 'input'];
  const given = Object.keys(mapOf(context.report.document.at(at)));
  const expressions = context.expressions(names);
  return {
    has: (name) => given.includes(name) || names.has(name),
    typeOf: (name) => (given.includes(name) ? expressions.typeAt([...at, name]) : names.typeOf(name)),
    list: () => [...given, ...names.list()],
  };
}

/** Gives the results of decisions that other documents hold their types. */
export function refineDecisionResults(context: ProcessContext): void {
  for (const element of context.index.elements) {
    const id = textOf(mapOf(element.value['businessRuleTask'])['decision']);
    const decision = id === undefined ? undefined : context.surroundings.decisions.get(id);
    if (decision !== undefined) namesOf(element).refine(resultOf(element), decisionType(decision));
  }
}

/** The variable that receives what a task gives. */
function resultOf(element: Element): string {
  return textOf(mapOf(element.value[element.kind])['result']) ?? variableOf(element.id);
}

/** The title of a step, branch or event, where it has one. */
export function titleOf(owner: JsonObject): { title?: LocalizedText } {
  return owner['title'] === undefined ? {} : { title: localizedText(owner['title'], String(owner['id'])) };
}
