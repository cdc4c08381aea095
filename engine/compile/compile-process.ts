import { compileExpression, type NameScope } from '../feel/compile';
import type { ValueType } from '../feel/expression';
import { quoted } from '../language/suggestion';
import type { ProcessModel, StartForm } from '../runtime/process-model';
import { ActivityCompiler, type ProcessContext } from './activities';
import type { CompiledForm } from './deployment';
import { ExpressionCompiler } from './expressions';
import type { Graph } from './graph';
import { compileLimits } from './limits';
import { localizedText } from './localized-text';
import { ProcessVariables } from './names';
import type { ProcessUses } from './process-uses';
import type { Report } from './report';
import { listOf, mapOf, textOf } from './step-document';
import { StepFlow, startNode } from './step-flow';
import { StepIndex } from './step-index';
import { TimingCompiler } from './timing';

/** A process on its way: its steps and variables are known, so that others can refer to it. */
export interface PreparedProcess {
  report: Report;
  index: StepIndex;
  variables: ProcessVariables;
}

/** Reads the steps and the variables of a process. */
export function prepareProcess(report: Report, forms: ReadonlyMap<string, CompiledForm>, settingsType: ValueType): PreparedProcess {
  const index = new StepIndex(report);
  return { report, index, variables: new ProcessVariables(report, forms, settingsType, index) };
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
  for (const { step } of process.index.steps.values()) {
    const call = mapOf(step['callActivity']);
    const type = types.get(String(call['process'] ?? ''));
    if (type !== undefined) process.variables.refine(textOf(call['result']) ?? step.id, type);
  }
}

/** A compiled process, and what it needs from other documents. */
export interface ProcessCompilation {
  model: ProcessModel;
  uses: ProcessUses;
}

/** Compiles a prepared process into its model. The model is meaningless where the report has errors. */
export function compileProcess(
  prepared: PreparedProcess,
  forms: ReadonlyMap<string, CompiledForm>,
  processes: ReadonlyMap<string, ProcessVariables | undefined>,
): ProcessCompilation {
  const { report, variables, index } = prepared;
  const expressions = new ExpressionCompiler(report, variables);
  const uses: ProcessUses = { roles: [], calls: [], forms: new Set() };
  const context: ProcessContext = {
    report,
    variables,
    expressions,
    timing: new TimingCompiler(report, expressions),
    forms,
    processes,
    uses,
  };
  const startForm = compileStart(context);
  const graph = new StepFlow(context, index).compile();
  checkSize(graph, report);
  checkReachable(graph, prepared);
  const { value } = report.document;
  const businessKey = new ExpressionCompiler(report, keyNames(variables)).at(['key']);
  const result = expressions.at(['result']);
  const model: ProcessModel = {
    id: report.document.id,
    title: localizedText(value['title'], report.document.id),
    ...(businessKey === undefined ? {} : { businessKey }),
    start: startNode,
    ...(startForm === undefined ? {} : { startForm }),
    variables: variables.declarations(),
    ...(result === undefined ? {} : { result }),
    ...graph.finish(),
    forms: Object.fromEntries([...uses.forms].sort().map((id) => [id, forms.get(id)?.hash ?? ''])),
  };
  return { model, uses };
}

function compileStart(context: ProcessContext): StartForm | undefined {
  const start = mapOf(listOf(context.report.document.value['start'])[0]);
  if (start['form'] === undefined) return undefined;
  const activities = new ActivityCompiler(context);
  const form = activities.form(['start', 0, 'form']) ?? '';
  const result = textOf(start['result']);
  return { form, roles: activities.roles(['start', 0, 'roles']), ...(result === undefined ? {} : { result }) };
}

/** A business key is computed before there is a case. */
function keyNames(variables: ProcessVariables): NameScope {
  return {
    has: (name) => name !== 'case' && variables.has(name),
    typeOf: (name) => (name === 'case' ? undefined : variables.typeOf(name)),
    list: () => variables.list().filter((name) => name !== 'case'),
  };
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

/** Complains about the first step of each part that nothing leads to. */
function checkReachable(graph: Graph, { index, report }: PreparedProcess): void {
  const reached = graph.reachableFrom(startNode);
  for (const { id, path } of index.steps.values()) {
    if (reached.has(id)) continue;
    const message = `nothing leads to step ${quoted(id)}`;
    const remedy = 'delete it, or jump to it with "next"; the step before it ends or jumps away';
    report.at([...path, 'id'], { rule: 'unreachable-step', message, remedy });
    for (const also of graph.reachableFrom(id)) reached.add(also);
  }
}
