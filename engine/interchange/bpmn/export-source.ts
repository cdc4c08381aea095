import { activityKinds } from '../../compile/step-document';
import type { Json, JsonObject } from '../../json';

const beside = ['title', 'forEach', 'repeat', 'mutex', 'cancels', 'milestone', 'retry', 'default'];
const within = ['steps', 'nodes', 'flows', 'eventSubProcesses'];

/**
 * The activities of a document by id, each as a node of the graph notation: as they were written, so that references to forms and decisions stay
 * what they are. Events and gateways are missing: what a step says of them stands in several places.
 */
export function writtenActivities(document: JsonObject): Map<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  collect(document, found);
  return found;
}

function collect(value: Json | undefined, found: Map<string, JsonObject>): void {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) {
    const kind = activityKinds.find((known) => Object.hasOwn(value, known));
    if (kind !== undefined && typeof value['id'] === 'string') found.set(value['id'], activityOf(value, kind));
    for (const event of Array.isArray(value['eventSubProcesses']) ? value['eventSubProcesses'] : []) {
      const { id, title, variables } = event as JsonObject;
      found.set(String(id), { ...kept({ title }), subProcess: { event: true, ...kept({ variables }) } });
    }
  }
  for (const inner of Object.values(value)) collect(inner, found);
}

function activityOf(step: JsonObject, kind: string): JsonObject {
  const body = Object.entries(step[kind] as JsonObject).filter(([key]) => kind !== 'subProcess' || !within.includes(key));
  const others = Object.entries(step).filter(([key]) => beside.includes(key));
  return { ...Object.fromEntries(others), [kind]: Object.fromEntries(body) };
}

function kept(values: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
