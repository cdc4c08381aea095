import { compileExpression } from '../../engine/feel/compile';
import type { Expression, ValueType } from '../../engine/feel/expression';
import type { Json } from '../../engine/json';
import type {
  LoopRule,
  ModelClosure,
  Node,
  OutgoingMessage,
  ProcessModel,
  SubProcessNode,
  ThrowRule,
  UserTaskNode,
} from '../../engine/runtime/process-model';
import { CaseSimulator } from '../../engine/simulate/case-simulator';

type Bare<N> = N extends { incoming: string[] } ? Omit<N, 'id' | 'incoming' | 'outgoing' | 'boundary'> : never;
export type BareNode = Bare<Node>;

/** Compiles FEEL for a test: every name is known and of any type. */
export function feel(text: string): Expression {
  const result = compileExpression(text, { has: () => true, typeOf: () => ({ kind: 'any' }) });
  if (!result.ok) throw new Error(`${text}: ${JSON.stringify(result.problems)}`);
  return result.expression;
}

export const task = (more: Partial<Omit<UserTaskNode, 'kind' | 'id'>> = {}): BareNode => ({
  kind: 'userTask',
  assign: { roles: ['clerk'], users: [], exclude: [] },
  outcomes: [],
  result: 'answer',
  priority: 50,
  overdue: [],
  ...more,
});
export const exclusive = (defaultFlow?: string): BareNode => ({
  kind: 'exclusiveGateway',
  ...(defaultFlow === undefined ? {} : { defaultFlow }),
});
export const parallel = (): BareNode => ({ kind: 'parallelGateway' });
export const end = (name = 'done', terminate = false): BareNode => ({ kind: 'endEvent', name, terminate });
export const script = (variable: string, value: string): BareNode => ({ kind: 'scriptTask', set: [{ variable, value: feel(value) }] });
export const service = (input: Record<string, Json> = {}): BareNode => ({
  kind: 'serviceTask',
  connector: 'system.noop',
  input: Object.fromEntries(Object.entries(input).map(([name, literal]) => [name, { literal }])),
  result: 'output',
  retry: { initial: 'PT1S', factor: 2, max: 'PT1M', attempts: 3 },
  timeout: { attempt: 'PT30S', total: 'P1D' },
});
export const waitFor = (condition: string): BareNode => ({
  kind: 'intermediateCatchEvent',
  trigger: { kind: 'condition', condition: feel(condition) },
});
export const pause = (after: string): BareNode => ({ kind: 'intermediateCatchEvent', trigger: { kind: 'timer', timer: { after } } });
export const receive = (name: string, key: string, result: string): BareNode => ({
  kind: 'intermediateCatchEvent',
  trigger: { kind: 'message', message: { name, key: feel(key) } },
  result,
});
export const call = (process: string, input: Record<string, string> = {}): BareNode => ({
  kind: 'callActivity',
  process,
  input: Object.fromEntries(Object.entries(input).map(([name, value]) => [name, feel(value)])),
  result: 'called',
});
const outgoing = (name: string, key: string): OutgoingMessage => ({ name, key: feel(key), variables: {}, timeToLive: 'PT0S' });
export const inclusive = (defaultFlow?: string): BareNode => ({
  kind: 'inclusiveGateway',
  ...(defaultFlow === undefined ? {} : { defaultFlow }),
});
export const complex = (need: number, of: number, rest: 'ignore' | 'block' | 'cancel'): BareNode => ({
  kind: 'complexGateway',
  need,
  of,
  rest,
});
export const firstEvent = (): BareNode => ({ kind: 'eventBasedGateway' });
export const hear = (name: string): BareNode => ({ kind: 'intermediateCatchEvent', trigger: { kind: 'signal', name } });
export const throwing = (throws?: ThrowRule): BareNode => ({ kind: 'intermediateThrowEvent', ...(throws === undefined ? {} : { throws }) });
export const sending = (name: string, key: string): BareNode => throwing({ kind: 'message', message: outgoing(name, key) });
export const manual = (): BareNode => ({ kind: 'task' });
export const send = (name: string, key: string): BareNode => ({ kind: 'sendTask', message: outgoing(name, key) });
export const awaiting = (name: string, key: string, result: string): BareNode => ({
  kind: 'receiveTask',
  message: { name, key: feel(key) },
  result,
});
/** Decides by one rule, whether its input is more than 0. */
export const decide = (input: string, result: string): BareNode => ({
  kind: 'businessRuleTask',
  decision: {
    id: 'positive',
    hitPolicy: 'UNIQUE',
    inputs: [{ id: 'n', expression: feel('n'), type: { kind: 'any' } }],
    outputs: [{ id: 'positive', type: { kind: 'any' } }],
    rules: [{ tests: [feel('? > 0')], outputs: [feel('true')] }],
  },
  input: { n: feel(input) },
  result,
});
export const sub = (entries: string[], more: Partial<Omit<SubProcessNode, 'kind' | 'id'>> = {}): BareNode => ({
  kind: 'subProcess',
  variant: 'embedded',
  entries,
  eventSubProcesses: [],
  variables: {},
  input: {},
  ...more,
});
export const times = (count: number, more: Partial<Extract<LoopRule, { kind: 'multiInstance' }>> = {}): LoopRule => ({
  kind: 'multiInstance',
  mode: 'parallel',
  count: feel(String(count)),
  rest: 'cancel',
  collect: [],
  variables: {},
  ...more,
});
export const boundary = (
  attachedTo: string,
  trigger: Extract<Node, { kind: 'boundaryEvent' }>['trigger'],
  more: { interrupting?: boolean; result?: string } = {},
): BareNode => ({ kind: 'boundaryEvent', attachedTo, trigger, interrupting: true, ...more });

/**
 * Draws a model: a line is `from -> to`, with `? condition` behind it where it has one. Flows are named `from>to`. A node that is called
 * `start` or `end` need not be given.
 */
export function graph(id: string, lines: string, nodes: Record<string, BareNode>, more: Partial<ProcessModel> = {}): ProcessModel {
  const model: ProcessModel = {
    id,
    title: { zh: id, en: id },
    start: 'start',
    variables: {},
    nodes: {},
    flows: {},
    forms: {},
    ...more,
  };
  const all: Record<string, BareNode> = { start: { kind: 'startEvent' }, end: end(), ...nodes };
  for (const [nodeId, node] of Object.entries(all)) {
    const attached = Object.entries(all).filter(([, other]) => other.kind === 'boundaryEvent' && other.attachedTo === nodeId);
    const isActivity = /(?:[tT]ask|callActivity|subProcess)$/u.test(node.kind);
    model.nodes[nodeId] = {
      ...node,
      id: nodeId,
      incoming: [],
      outgoing: [],
      ...(isActivity ? { boundary: attached.map(([boundaryId]) => boundaryId) } : {}),
    } as Node;
  }
  for (const line of lines.split('\n').map((text) => text.trim())) {
    const match = /^(\S+) -> (\S+)(?: \? (.*))?$/.exec(line);
    if (match === null) continue;
    const [, from, to, condition] = match as unknown as [string, string, string, string?];
    const flowId = `${from}>${to}`;
    model.flows[flowId] = { id: flowId, from, to, ...(condition === undefined ? {} : { condition: feel(condition) }) };
    model.nodes[from]?.outgoing.push(flowId);
    model.nodes[to]?.incoming.push(flowId);
  }
  return model;
}

/** A closure of models whose hashes are their ids; the first is the root. */
export function closureOf(...models: ProcessModel[]): ModelClosure {
  const any: ValueType = { kind: 'any' };
  return {
    root: (models[0] as ProcessModel).id,
    processes: Object.fromEntries(models.map(({ id }) => [id, id])),
    models: Object.fromEntries(models.map((model) => [model.id, model])),
    settings: {},
    settingsType: any,
    timezone: 'Asia/Shanghai',
  };
}

export const CLERK = { user: 'clerk@tianhe', roles: ['clerk'] };
export const SALESMAN = { user: 'salesman@tianhe', roles: ['salesman'] };
/** 2026-03-02T09:00:00+08:00 */
export const NINE_O_CLOCK = Date.UTC(2026, 2, 2, 1);

/** Starts a case of the first model in virtual time. */
export function begin(models: ProcessModel | ProcessModel[], variables: Record<string, Json> = {}): CaseSimulator {
  const simulator = new CaseSimulator(closureOf(...[models].flat()), NINE_O_CLOCK);
  simulator.start({ instanceKey: 'case', dealership: 'tianhe', variables, businessKey: 'SO-1', actor: SALESMAN });
  return simulator;
}

/** The steps whose tasks are open, sorted. */
export function openSteps(simulator: CaseSimulator): string[] {
  return Object.values(simulator.state.tasks)
    .map(({ node }) => node)
    .sort();
}
