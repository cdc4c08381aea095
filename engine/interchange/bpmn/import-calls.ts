import type { Json, JsonObject } from '../../json';
import type { BpmnFile } from './bpmn-file';
import type { GraphNode } from './import-container';
import { variableName } from './import-expressions';
import type { XmlElement } from './xml';

/** A call that other engines give all variables, or take all from. */
export interface OpenCall {
  element: XmlElement;
  /** The process that is called, by its id in the file. */
  reference: string;
  /** The body of the call, which gets its `input` and `output`. */
  body: JsonObject;
  gives: boolean;
  takes: boolean;
}

/** The variables of a process so far as they are known: those that its expressions read, and those that its steps set. */
export interface KnownVariables {
  reads: ReadonlySet<string>;
  sets: ReadonlySet<string>;
}

/** Which variables a call of Camunda, Operaton, Flowable or Zeebe gives and takes without naming them. */
export function opennessOf(file: BpmnFile, element: XmlElement, zeebe: XmlElement | undefined): { gives: boolean; takes: boolean } {
  const all = file.extensions(element, 'in', 'out').filter(({ attributes }) => attributes.get('variables') === 'all');
  for (const mapping of all) file.takeAll(mapping);
  const inherits = file.vendor(element, 'inheritVariables')?.value === 'true';
  const propagates = (name: string): boolean => zeebe !== undefined && file.attribute(zeebe, name) !== 'false';
  return {
    gives: inherits || all.some(({ name }) => name === 'in') || propagates('propagateAllParentVariables'),
    takes: all.some(({ name }) => name === 'out') || propagates('propagateAllChildVariables'),
  };
}

/** Names the variables that a call gives and takes: those of the called process that the file tells of. */
export function fillCall({ element, body, gives, takes }: OpenCall, called: KnownVariables | undefined, file: BpmnFile): void {
  if (called === undefined) {
    const remedy = 'name under "input" and "output" what goes in and comes out';
    file.report.add('placeholder', element, 'all variables go into the call or come out of it, which is not known here', { remedy });
    return;
  }
  const given = gives ? namesOf(called.reads) : [];
  const taken = takes ? namesOf(called.sets) : [];
  if (given.length > 0) body['input'] = { ...same(given), ...(body['input'] as JsonObject | undefined) };
  if (taken.length > 0) body['output'] = { ...same(taken), ...(body['output'] as JsonObject | undefined) };
  file.report.add('mapped', element, 'of all variables the call gives those that the called process reads, and takes those that it sets', {
    text: [...given, ...taken].join(', '),
  });
}

/** The variables that the steps of a graph set: by scripts, results, calls and what is collected. */
export function variablesSet(nodes: readonly GraphNode[]): Set<string> {
  const names = new Set<string>();
  const open: Json[] = [...nodes];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      open.push(...value);
      continue;
    }
    for (const [key, inner] of Object.entries(value)) {
      open.push(inner);
      if (key === 'result' && typeof inner === 'string') names.add(inner);
      const isMap = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
      if (isMap && ['set', 'output', 'collect'].includes(key)) for (const name of Object.keys(inner)) names.add(name);
    }
  }
  return names;
}

/** An old habit: what is to be undone is named by what undoes it. */
export function nameUndone(nodes: readonly GraphNode[], note: (handler: string, activity: string) => void): void {
  const hosts = new Map<string, string>();
  const open: Json[] = [...nodes];
  const throwing: JsonObject[] = [];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      open.push(...value);
      continue;
    }
    const { attachedTo, compensation } = value;
    if (typeof compensation === 'string') throwing.push(value);
    else if (typeof attachedTo === 'string' && typeof compensation === 'object' && compensation !== null && !Array.isArray(compensation)) {
      hosts.set(String(compensation['handler']), attachedTo);
    }
    open.push(...Object.values(value));
  }
  for (const thrown of throwing) {
    const handler = String(thrown['compensation']);
    const host = hosts.get(handler);
    if (host === undefined) continue;
    thrown['compensation'] = host;
    note(handler, host);
  }
}

/** Names that an expression may read as they are, but for those that are no variables. */
function namesOf(names: ReadonlySet<string>): string[] {
  const others = new Set(['case', 'settings', 'loopCounter', 'numberOfInstances', 'numberOfActiveInstances', 'numberOfCompletedInstances']);
  return [...names].filter((name) => variableName(name) === name && !others.has(name)).slice(0, 90);
}

function same(names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, `=${name}`]));
}
