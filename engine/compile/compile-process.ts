import { compileExpression } from '../feel/compile';
import type { ValueType } from '../feel/expression';
import { calendarsRead } from '../feel/working-time-functions';
import { quoted } from '../language/suggestion';
import type { ProcessModel } from '../runtime/process-model';
import { refineDecisionResults } from './activities';
import { ProcessContext, type Surroundings } from './context';
import { type KnownTypes, VariableDeclarations } from './declare-variables';
import { ElementIndex } from './element-index';
import { Graph } from './graph';
import { compileLimits } from './limits';
import { localizedText } from './localized-text';
import { checkLocked } from './locked';
import { NodeCompiler } from './node-compiler';
import { noUses, type ProcessUses } from './process-uses';
import { refineTypes } from './refine-types';
import type { Report } from './report';
import { checkReturns } from './return-targets';
import { type Scope, withoutCase } from './scopes';
import { startForm } from './starts';
import { mapOf, textOf, variableOf } from './step-document';

export type { Surroundings } from './context';

/** A process on its way: its steps and variables are known, so that others can refer to it. */
export interface PreparedProcess {
  report: Report;
  index: ElementIndex;
  variables: Scope;
}

/** Reads the steps and the variables of a process. */
export function prepareProcess(report: Report, known: KnownTypes, settingsType: ValueType): PreparedProcess {
  const index = new ElementIndex(report, settingsType);
  new VariableDeclarations(report, known, index).declareAll();
  return { report, index, variables: index.root.scope };
}

/** The type of what a call of the process receives, where its `result` says so without calls of its own. */
export function resultType({ report, variables }: PreparedProcess): ValueType {
  const text = textOf(report.document.value['result']);
  if (text === undefined) return { kind: 'context', properties: { end: { kind: 'string' } } };
  const compiled = compileExpression(text.slice(1), variables);
  return compiled.ok ? compiled.type : { kind: 'any' };
}

/** Gives the results of calls the types of what the called processes return. */
export function refineCallResults(process: PreparedProcess, types: ReadonlyMap<string, ValueType>): void {
  for (const { id, value, loop, container } of process.index.elements) {
    const call = mapOf(value['callActivity']);
    const type = call['detached'] === true ? undefined : types.get(String(call['process'] ?? ''));
    const home = value['forEach'] === undefined ? container.scope : loop;
    if (type !== undefined) home?.refine(textOf(call['result']) ?? variableOf(id), type);
  }
}

/** A compiled process, and what it needs from other documents. */
export interface ProcessCompilation {
  model: ProcessModel;
  uses: ProcessUses;
}

/** Compiles a prepared process into its model. The model is meaningless where the report has errors. */
export function compileProcess(prepared: PreparedProcess, surroundings: Surroundings): ProcessCompilation {
  const { report, variables, index } = prepared;
  const uses = noUses();
  const context = new ProcessContext(report, index, surroundings, uses);
  refineDecisionResults(context);
  refineTypes(context);
  const form = startForm(context);
  const graph = new Graph();
  const { entries, eventSubProcesses } = new NodeCompiler(context, graph).content(index.root);
  const start = startOf(entries, graph, index);
  const triggered = graph.within(undefined).flatMap((node) => (node.kind === 'startEvent' && node.trigger !== undefined ? [node.id] : []));
  checkSize(graph, report);
  checkReturns(context, graph);
  checkLocked(context);
  checkReachable(graph, prepared, [...(start === undefined ? [] : [start]), ...triggered, ...eventSubProcesses]);
  const { value } = report.document;
  const businessKey = context.expressions(withoutCase(variables)).at(['key']);
  const result = context.expressions(variables).at(['result']);
  const model: ProcessModel = {
    id: report.document.id,
    title: localizedText(value['title'], report.document.id),
    ...(businessKey === undefined ? {} : { businessKey }),
    ...(start === undefined ? {} : { start }),
    ...(triggered.length === 0 ? {} : { triggeredStarts: triggered }),
    ...(form === undefined ? {} : { startForm: form }),
    ...(eventSubProcesses.length === 0 ? {} : { eventSubProcesses }),
    ...(value['additionalVariables'] === true ? { additionalVariables: true as const } : {}),
    variables: variables.declarations(),
    ...(result === undefined ? {} : { result }),
    ...graph.finish(),
    forms: Object.fromEntries([...uses.forms.keys()].sort().map((id) => [id, surroundings.forms.get(id)?.hash ?? ''])),
  };
  for (const calendar of calendarsRead(model)) uses.calendars.push({ calendar, path: ['process'] });
  return { model, uses };
}

/**
 * The node in which a case begins. Where a graph has several such places (BPMN 2.0, 10.5.2: each node without an incoming flow, where there is no
 * start event), or one that is no start event, a start is added that leads to all of them.
 */
function startOf(entries: string[], graph: Graph, index: ElementIndex): string | undefined {
  const [first, ...others] = entries;
  if (first === undefined || (others.length === 0 && graph.get(first)?.kind === 'startEvent')) return first;
  let id = 'start';
  while (graph.has(id) || index.isTaken(id)) id = `${id}_`;
  graph.addNode({ id, kind: 'startEvent' });
  for (const entry of entries) graph.addFlow(`${id}>${entry}`, id, entry);
  return id;
}

function checkSize(graph: Graph, report: Report): void {
  if (graph.nodeCount > compileLimits.nodes) {
    const message = `the process has ${graph.nodeCount} nodes, more than ${compileLimits.nodes}`;
    report.at([], { rule: 'too-large', message, remedy: 'move a part into a process of its own' });
  }
  if (graph.flowCount > compileLimits.flows) {
    const message = `the process has ${graph.flowCount} flows, more than ${compileLimits.flows}`;
    report.at([], { rule: 'too-large', message, remedy: 'move a part into a process of its own' });
  }
}

/** Complains about the first step of each part that nothing leads to. In the graph notation BPMN has nothing against such nodes. */
function checkReachable(graph: Graph, { index, report }: PreparedProcess, starts: string[]): void {
  const reached = graph.reachableFrom(...starts);
  for (const { id, path, container } of index.elements) {
    if (reached.has(id) || container.isGraph) continue;
    const message = `nothing leads to step ${quoted(id)}`;
    const remedy = 'the step before it ends or jumps away: let that go on, jump here with "next", or delete this step';
    report.at([...path, 'id'], { rule: 'unreachable-step', message, remedy });
    for (const also of graph.reachableFrom(id)) reached.add(also);
  }
}
