import type { CompiledForm } from '../compile/deployment';
import { feelText } from '../compile/expressions';
import { compileExpression } from '../feel/compile';
import { evaluate } from '../feel/evaluate';
import type { Expression, ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import type {
  EventTrigger,
  Flow,
  LoopRule,
  ModelClosure,
  Node,
  ProcessModel,
  ThrowRule,
  TimerRule,
  VariableDeclaration,
} from '../runtime/process-model';
import { Domains } from './domains';
import { type LiveNames, liveNamesOf } from './live-names';
import { Oracle } from './oracle';
import { followersIn } from './ranks';
import { computedSampleOf, sampleOf } from './samples';

/** The hash under which the one model of an analysis stands. */
const hash = 'analysed';
/** Who does everything in an analysis. */
export const SOMEBODY = 'somebody';
/** The name of the signal that stands for an escalation out of a called process. */
const ESCALATED = 'escalated by the called process';
/** Ends the id of a node that stands before an end. */
export const REACHED = '.reached';
/** Items of a list that nobody knows. */
const items = [1, 2];
/** Codes between which a computed one is chosen, beside the first, at most. */
const mostCodes = 7;

/**
 * A process made ready for analysis: what it computes is computed where its values can be listed, and else replaced by a value that stands for any;
 * conditions that cannot be known ask the oracle; a called process is something that is answered. Its nodes and flows are those of the process.
 */
export interface AnalysisModel {
  original: ProcessModel;
  closure: ModelClosure;
  oracle: Oracle;
  domains: Domains;
  /** Awaited conditions that nobody can know: node to the oracle's site. */
  awaited: ReadonlyMap<string, string>;
  /** Names whose values decide ways; all others do not tell states apart. */
  relevant: ReadonlySet<string>;
  /** For each of them the nodes that read it. */
  readers: ReadonlyMap<string, ReadonlySet<string>>;
  /** Which of them may still be read while a token stands at a node. */
  liveAt: LiveNames;
  /** A task of it may be sent back, so that it matters what has been done. */
  hasReturns: boolean;
  /** The nodes that come after each. */
  followers(node: string): readonly string[];
}

/** Makes a process ready for analysis. `given`: variables that may have any value when a case begins, whatever their default. */
export function analysisModelOf(
  model: ProcessModel,
  forms: ReadonlyMap<string, CompiledForm>,
  given: ReadonlySet<string> = new Set(),
): AnalysisModel {
  return new Rewriter(model, forms, given).rewrite();
}

class Rewriter {
  readonly #oracle = new Oracle();
  readonly #domains: Domains;
  readonly #awaited = new Map<string, string>();
  /** For each name whose value decides ways: the nodes that read it. */
  readonly #readers = new Map<string, Set<string>>();
  /** The node whose expressions are looked at. */
  #reader = '';

  constructor(
    private readonly model: ProcessModel,
    forms: ReadonlyMap<string, CompiledForm>,
    given: ReadonlySet<string>,
  ) {
    this.#domains = new Domains(model, forms, given);
  }

  rewrite(): AnalysisModel {
    const { businessKey: _key, result: _result, ...model } = this.model;
    const nodes = Object.fromEntries(Object.entries(model.nodes).map(([id, node]) => [id, this.#within(id, () => this.#node(node))]));
    const flows = Object.fromEntries(
      Object.entries(model.flows).map(([id, flow]) => [
        id,
        flow.condition === undefined
          ? flow
          : { ...flow, condition: this.#within(flow.from, () => this.#condition(flow.condition as Expression)) },
      ]),
    );
    announceTerminations(nodes, flows);
    const variables = Object.fromEntries(Object.entries(model.variables).map(([name, declared]) => [name, loose(declared)]));
    const { settings, settingsType } = this.#oracle;
    const closure: ModelClosure = {
      root: hash,
      processes: { [model.id]: hash },
      models: { [hash]: { ...model, variables, nodes, flows } },
      settings,
      settingsType,
      timezone: 'UTC',
    };
    const { model: original } = this;
    return {
      original,
      closure,
      oracle: this.#oracle,
      domains: this.#domains,
      awaited: this.#awaited,
      relevant: new Set(this.#readers.keys()),
      readers: this.#readers,
      liveAt: liveNamesOf(original, this.#readers),
      hasReturns: Object.values(original.nodes).some((node) => node.kind === 'userTask' && node.return !== undefined),
      followers: followersIn(original),
    };
  }

  #keep(expression: Expression): Expression {
    for (const name of expression.reads) {
      const readers = this.#readers.get(name) ?? new Set();
      this.#readers.set(name, readers.add(this.#reader));
    }
    return expression;
  }

  #within<T>(node: string, rewrite: () => T): T {
    this.#reader = node;
    return rewrite();
  }

  #condition(condition: Expression): Expression {
    return this.#domains.determined(condition) ? this.#keep(condition) : this.#oracle.site('chosen').expression;
  }

  #awaits(condition: Expression, node: string): Expression {
    if (this.#domains.determined(condition)) return this.#keep(condition);
    const { id, expression } = this.#oracle.site('awaited');
    this.#awaited.set(node, id);
    return expression;
  }

  #value(expression: Expression, name: string): Expression {
    return this.#domains.determined(expression) ? this.#keep(expression) : literal(computedSampleOf(this.#typeOf(name)));
  }

  #values(values: Record<string, Expression>): Record<string, Expression> {
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, this.#value(value, name)]));
  }

  #typeOf(name: string): ValueType {
    return this.model.variables[name]?.type ?? { kind: 'any' };
  }

  #node(node: Node): Node {
    const common = 'boundary' in node ? { ...node, ...this.#activity(node) } : node;
    switch (common.kind) {
      case 'userTask':
        return userTask(common);
      case 'serviceTask':
        return { ...common, input: {} };
      case 'scriptTask':
        return { ...common, set: common.set.map(({ variable, value }) => ({ variable, value: this.#value(value, variable) })) };
      case 'businessRuleTask': {
        const { decision: _decision, input: _input, ...rest } = common;
        return { ...rest, kind: 'scriptTask', set: [{ variable: common.result, value: literal(null) }] } as Node;
      }
      case 'sendTask':
        return { ...common, message: { ...common.message, key: literal('key'), variables: {} } };
      case 'receiveTask':
        return { ...common, message: { ...common.message, key: literal('key') } };
      case 'callActivity':
        return calledProcess(common);
      case 'subProcess':
        return this.#subProcess(common);
      case 'startEvent':
      case 'intermediateCatchEvent':
      case 'boundaryEvent':
        return {
          ...common,
          ...(common.trigger === undefined ? {} : { trigger: this.#trigger(common.trigger, common) }),
          ...(common.output === undefined ? {} : { output: this.#values(common.output) }),
        } as Node;
      case 'endEvent':
        if (common.throws !== undefined) return { ...common, throws: this.#thrown(common.throws, common) };
        // an end says that it was reached
        return common.terminate ? common : { ...common, throws: { kind: 'signal', name: `end ${common.id} reached`, variables: {} } };
      case 'intermediateThrowEvent':
        return common.throws === undefined ? common : { ...common, throws: this.#thrown(common.throws, common) };
      default:
        return common;
    }
  }

  #activity(node: Extract<Node, { boundary: string[] }>): object {
    return {
      ...(node.loop === undefined ? {} : { loop: this.#loop(node.loop) }),
      ...(node.milestone === undefined
        ? {}
        : { milestone: { ...node.milestone, condition: this.#milestone(node.milestone.condition, node.id) } }),
      ...(node.output === undefined
        ? {}
        : { output: node.kind === 'callActivity' ? samples(node.output, (name) => this.#typeOf(name)) : this.#values(node.output) }),
    };
  }

  /** A milestone is asked again and again, so that it may be reached and lost; awaited, so that it may be reached by itself. */
  #milestone(condition: Expression, node: string): Expression {
    if (this.#domains.determined(condition)) return this.#keep(condition);
    const { id, expression } = this.#oracle.site('chosen');
    this.#awaited.set(node, id);
    return expression;
  }

  #loop(loop: LoopRule): LoopRule {
    const variables = Object.fromEntries(Object.entries(loop.variables).map(([name, declared]) => [name, loose(declared)]));
    if (loop.kind === 'standard') return { ...loop, variables, condition: this.#condition(loop.condition) };
    const { collection, count: _count, until, ...rest } = loop;
    const known = collection !== undefined && collection.reads.length === 0 ? constantOf(collection) : items;
    return {
      ...rest,
      variables,
      collection: literal(Array.isArray(known) ? known.slice(0, 3) : items),
      ...(until === undefined ? {} : { until: this.#condition(until) }),
      collect: loop.collect.map(({ variable }) => ({ variable, value: literal(null) })),
    };
  }

  #subProcess(node: Extract<Node, { kind: 'subProcess' }>): Node {
    const input = Object.entries(node.input).map(([name, value]) => [name, 'literal' in value ? value : this.#value(value, name)]);
    const variables = Object.fromEntries(Object.entries(node.variables).map(([name, declared]) => [name, loose(declared)]));
    const copy = { ...node, input: Object.fromEntries(input), variables };
    if (node.adHoc === undefined) return copy;
    const { activate, until } = node.adHoc;
    return {
      ...copy,
      adHoc: {
        ...node.adHoc,
        activate: typeof activate === 'string' ? activate : 'all',
        ...(until === undefined ? {} : { until: this.#condition(until) }),
      },
    };
  }

  #trigger(trigger: EventTrigger, node: Extract<Node, { trigger?: unknown }>): EventTrigger {
    switch (trigger.kind) {
      case 'timer':
        return { kind: 'timer', timer: plainTimer(trigger.timer) };
      case 'message':
        return { kind: 'message', message: { ...trigger.message, key: literal('key') } };
      case 'signal':
        return { kind: 'signal', name: typeof trigger.name === 'string' ? trigger.name : trigger.name.text };
      case 'condition':
        return { kind: 'condition', condition: this.#awaits(trigger.condition, node.id) };
      case 'escalation':
        return node.kind === 'boundaryEvent' && this.model.nodes[node.attachedTo]?.kind === 'callActivity'
          ? { kind: 'signal', name: ESCALATED }
          : trigger;
      default:
        return trigger;
    }
  }

  #thrown(rule: ThrowRule, node: Node): ThrowRule {
    switch (rule.kind) {
      case 'error':
        return { kind: 'error', code: typeof rule.code === 'string' ? rule.code : this.#codeOf(rule.code, 'error', node) };
      case 'escalation':
        return { kind: 'escalation', code: typeof rule.code === 'string' ? rule.code : this.#codeOf(rule.code, 'escalation', node) };
      case 'signal':
        return { kind: 'signal', name: typeof rule.name === 'string' ? rule.name : rule.name.text, variables: {} };
      case 'message':
        return { kind: 'message', message: { ...rule.message, key: literal('key'), variables: {} } };
      default:
        return rule;
    }
  }

  /** A code that is computed: each that anything around reacts to, in a way of its own. */
  #codeOf(code: Expression, kind: 'error' | 'escalation', { parent }: Node): string | Expression {
    const constant = code.reads.length === 0 ? constantOf(code) : undefined;
    if (typeof constant === 'string') return constant;
    const around = new Set<string | undefined>([undefined]);
    for (let id = parent; id !== undefined; id = this.model.nodes[id]?.parent) around.add(id);
    const caught = Object.values(this.model.nodes).flatMap((node) => {
      if (!('trigger' in node) || node.trigger?.kind !== kind) return [];
      const reacts =
        node.kind === 'boundaryEvent'
          ? around.has(node.attachedTo)
          : !around.has(node.parent) && around.has(this.model.nodes[node.parent ?? '']?.parent);
      return reacts ? [node.trigger.code ?? 'any'] : [];
    });
    const [first = 'any', ...others] = new Set(caught);
    return others.length === 0 ? first : this.#oracle.choice(first, others.slice(0, mostCodes));
  }
}

/** An end that ends everything says so by a node before it. */
function announceTerminations(nodes: Record<string, Node>, flows: Record<string, Flow>): void {
  for (const node of Object.values(nodes)) {
    if (node.kind !== 'endEvent' || !node.terminate || node.throws !== undefined) continue;
    const id = `${node.id}${REACHED}`;
    const parent = node.parent === undefined ? {} : { parent: node.parent };
    nodes[id] = { id, kind: 'intermediateThrowEvent', incoming: node.incoming, outgoing: [id], ...parent };
    for (const flow of node.incoming) flows[flow] = { ...(flows[flow] as Flow), to: id };
    flows[id] = { id, from: id, to: node.id };
    nodes[node.id] = { ...node, incoming: [id] };
  }
}

function userTask(node: Extract<Node, { kind: 'userTask' }>): Node {
  const { due, followUp: _followUp, copy: _copy, assign, ...rest } = node;
  const users = assign.users.length === 0 ? [] : [literal(SOMEBODY)];
  const decides = node.overdue.filter(({ action }) => action.kind === 'decide');
  return {
    ...rest,
    assign: { roles: assign.roles, users, exclude: [] },
    overdue: due === undefined ? [] : decides.map((rule) => ({ ...rule, after: 'PT1H' })),
    ...(due === undefined || decides.length === 0 ? {} : { due: plainTimer(due) }),
  };
}

function calledProcess(node: Extract<Node, { kind: 'callActivity' }>): Node {
  const { process: _process, binding: _binding, detached, input: _input, ...rest } = node;
  if (detached === true) return { ...rest, kind: 'task' } as Node;
  const retry = { initial: 'PT1S', factor: 1, max: 'PT1S', attempts: 1 };
  return { ...rest, kind: 'serviceTask', connector: 'call', input: {}, retry, timeout: { attempt: 'PT1S', total: 'PT1S' } };
}

/** A timer of about the same length that reads neither variables nor a calendar. */
function plainTimer(timer: TimerRule): TimerRule {
  if ('after' in timer && typeof timer.after === 'string') return { after: timer.after };
  if ('businessDays' in timer && typeof timer.businessDays === 'number') return { after: `P${Math.max(1, timer.businessDays)}D` };
  return 'cycle' in timer || 'cron' in timer ? { cycle: 'R/PT1H' } : { after: 'PT1H' };
}

function samples(values: Record<string, Expression>, typeOf: (name: string) => ValueType): Record<string, Expression> {
  return Object.fromEntries(Object.keys(values).map((name) => [name, literal(computedSampleOf(typeOf(name)))]));
}

/** A variable that takes any value: the analysis is not about types. */
function loose(declaration: VariableDeclaration): VariableDeclaration {
  const { constraint: _constraint, ...declared } = declaration;
  return { ...declared, type: declared.type.kind === 'context' || declared.type.kind === 'list' ? openType(declared.type) : declared.type };
}

function openType(type: ValueType): ValueType {
  if (type.kind === 'list') return { kind: 'list', items: openType(type.items) };
  if (type.kind !== 'context') return type;
  const properties = Object.entries(type.properties).map(([name, inner]) => [name, openType(inner)]);
  return { kind: 'context', properties: Object.fromEntries(properties), open: true };
}

function constantOf(expression: Expression): Json | undefined {
  const result = evaluate(expression, { nowMs: 0, timezone: 'UTC', read: () => undefined });
  return result.ok ? result.value : undefined;
}

const literals = new Map<string, Expression>();

/** An expression that gives a value. */
function literal(value: Json): Expression {
  const text = feelText(value);
  const known = literals.get(text);
  if (known !== undefined) return known;
  const compiled = compileExpression(text, { has: () => false, typeOf: () => undefined });
  if (!compiled.ok) throw new Error(`invariant: "${text}" is no expression`);
  if (literals.size < 1_000) literals.set(text, compiled.expression);
  return compiled.expression;
}

/** The variables of a case at its start, one set for each way that is told apart. */
export function startsOf({ original, domains }: AnalysisModel): JsonObject[] {
  const form = original.startForm;
  const results = resultsOf(original);
  const given = Object.entries(original.variables)
    .filter(([, { default: value }]) => value === undefined)
    .flatMap(([name, { type }]) => (type.kind === 'any' || results.has(name) ? [] : [[name, sampleOf(type)] as const]));
  const base = Object.fromEntries(given) as JsonObject;
  if (form === undefined) return [base];
  return domains
    .waysOf(form.result, form.form)
    .map((data) => (form.result === undefined ? { ...base, ...data } : { ...base, [form.result]: data }));
}

/** What steps write: it is null until then. */
function resultsOf(model: ProcessModel): Set<string> {
  return new Set(
    Object.values(model.nodes).flatMap((node) => [
      ...('result' in node && node.result !== undefined ? [node.result] : []),
      ...(node.kind === 'scriptTask' ? node.set.map(({ variable }) => variable) : []),
      ...('output' in node ? Object.keys(node.output ?? {}) : []),
    ]),
  );
}
