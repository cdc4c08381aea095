import type { CompiledForm } from '../compile/deployment';
import type { Expression } from '../feel/expression';
import type { JsonObject } from '../json';
import type { Node, ProcessModel } from '../runtime/process-model';

/** What gives a variable its values. */
export type Writer =
  /** A user task: its form's data and, where there are outcomes, the member `outcome`. */
  | { kind: 'task'; schema: JsonObject; outcomes: boolean }
  /** A start form that is stored whole. */
  | { kind: 'start'; schema: JsonObject }
  /** A field of a start form that is a variable of its own; `schema` is that of the form. */
  | { kind: 'field'; schema: JsonObject }
  | { kind: 'expression'; expression: Expression }
  /** A default that nothing changes. */
  | { kind: 'constant' }
  /** A connector, a message, a call, a decision, what is handed in at a start. `present`: never null afterwards. */
  | { kind: 'outside'; present: boolean };

const noFields: JsonObject = {};

/** All that writes the variables of a process, by name; names of the inside of sub-processes and loops count as those of the process. */
export function writersOf(model: ProcessModel, forms: ReadonlyMap<string, CompiledForm>): Map<string, Writer[]> {
  const writers = new Map<string, Writer[]>();
  const add = (name: string | undefined, writer: Writer): void => {
    if (name !== undefined) writers.set(name, [...(writers.get(name) ?? []), writer]);
  };
  const schemaOf = (form: string | undefined): JsonObject => (form === undefined ? noFields : (forms.get(form)?.schema ?? noFields));
  if (model.startForm !== undefined) {
    const schema = schemaOf(model.startForm.form);
    if (model.startForm.result !== undefined) add(model.startForm.result, { kind: 'start', schema });
    else for (const field of Object.keys((schema['properties'] ?? {}) as JsonObject)) add(field, { kind: 'field', schema });
  }
  for (const node of Object.values(model.nodes)) addNode(node, add, schemaOf);
  if (Object.values(model.nodes).some(givesEachName)) {
    for (const name of Object.keys(model.variables)) if (isOpen(writers.get(name))) add(name, { kind: 'outside', present: false });
  }
  return writers;
}

/** The names of the variables that a node may write, inside of it or outside. */
export function namesWrittenAt(node: Node): string[] {
  const names: string[] = [];
  const add: Add = (name) => void (name === undefined || names.push(name));
  addNode(node, add, () => noFields);
  return names;
}

/** A start whose trigger brings variables that go where the process has one of their name. */
function givesEachName(node: Node): boolean {
  if (node.kind !== 'startEvent' || node.parent !== undefined || node.result !== undefined) return false;
  return ['message', 'signal', 'condition'].includes(node.trigger?.kind ?? 'none');
}

/** Whether a variable may still have its first value where it is read: no task, connector or form is known to give it one. */
function isOpen(writers: readonly Writer[] = []): boolean {
  return writers.every(({ kind }) => kind === 'expression');
}

type Add = (name: string | undefined, writer: Writer) => void;

function addNode(node: Node, add: Add, schemaOf: (form: string | undefined) => JsonObject): void {
  switch (node.kind) {
    case 'userTask':
      add(node.result, { kind: 'task', schema: schemaOf(node.form), outcomes: node.outcomes.length > 0 });
      break;
    case 'scriptTask':
      for (const { variable, value } of node.set) add(variable, { kind: 'expression', expression: value });
      break;
    case 'receiveTask':
      add(node.result, { kind: 'outside', present: true });
      break;
    case 'serviceTask':
    case 'callActivity':
    case 'businessRuleTask':
      add(node.result, { kind: 'outside', present: false });
      break;
    case 'startEvent':
    case 'boundaryEvent':
    case 'intermediateCatchEvent':
      add(node.result, { kind: 'outside', present: true });
      for (const [name, expression] of Object.entries(node.output ?? {})) add(name, { kind: 'expression', expression });
      break;
    case 'subProcess':
      for (const [name, value] of Object.entries(node.input)) {
        if ('literal' in value) add(name, { kind: 'outside', present: false });
        else add(name, { kind: 'expression', expression: value });
      }
      break;
    default:
      break;
  }
  if ('boundary' in node) addOutputs(node, add);
}

function addOutputs(node: Extract<Node, { boundary: string[] }>, add: Add): void {
  for (const [name, expression] of Object.entries(node.output ?? {})) {
    if (node.kind === 'callActivity') add(name, { kind: 'outside', present: false });
    else add(name, { kind: 'expression', expression });
  }
  if (node.loop === undefined) return;
  // inside of a repeated activity a result is one of several
  if (node.loop.kind === 'multiInstance' && 'result' in node) add(node.result, { kind: 'outside', present: false });
  if (node.loop.kind === 'multiInstance') {
    add(node.loop.as, { kind: 'outside', present: false });
    for (const { variable } of node.loop.collect) add(variable, { kind: 'outside', present: false });
  }
}

/** Every expression of a process that decides a way, with the node or the flow at which it stands. */
export function conditionsOf(model: ProcessModel): { id: string; expression: Expression }[] {
  const conditions: [string, Expression | undefined][] = Object.values(model.flows).map(({ id, condition }) => [id, condition]);
  for (const node of Object.values(model.nodes)) {
    const { id } = node;
    if ('trigger' in node && node.trigger?.kind === 'condition') conditions.push([id, node.trigger.condition]);
    if (node.kind === 'subProcess') conditions.push([id, node.adHoc?.until]);
    if (!('boundary' in node)) continue;
    conditions.push([id, node.milestone?.condition]);
    if (node.loop?.kind === 'standard') conditions.push([id, node.loop.condition]);
    if (node.loop?.kind !== 'multiInstance') continue;
    for (const part of [node.loop.until, node.loop.collection, node.loop.count]) conditions.push([id, part]);
  }
  return conditions.flatMap(([id, expression]) => (expression === undefined ? [] : [{ id, expression }]));
}
