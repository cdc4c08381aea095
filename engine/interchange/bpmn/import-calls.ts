import type { Json, JsonObject } from '../../json';
import type { BpmnFile } from './bpmn-file';
import type { GraphNode } from './import-container';
import type { XmlElement } from './xml';

/** Whether a call of Camunda, Operaton, Flowable or Zeebe gives all variables, or takes all. */
export function opennessOf(file: BpmnFile, element: XmlElement, zeebe: XmlElement | undefined): JsonObject {
  const all = file.extensions(element, 'in', 'out').filter(({ attributes }) => attributes.get('variables') === 'all');
  for (const mapping of all) file.takeAll(mapping);
  const inherits = file.vendor(element, 'inheritVariables')?.value === 'true';
  const propagates = (name: string): boolean => zeebe !== undefined && file.attribute(zeebe, name) !== 'false';
  const gives = inherits || all.some(({ name }) => name === 'in') || propagates('propagateAllParentVariables');
  const takes = all.some(({ name }) => name === 'out') || propagates('propagateAllChildVariables');
  if (!gives && !takes) return {};
  return { allVariables: gives && takes ? 'both' : gives ? 'in' : 'out' };
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
