import type { JsonObject } from '../json';
import type { Path } from '../language/source-document';
import type { StartForm } from '../runtime/process-model';
import type { ProcessContext } from './context';
import type { EventCompiler } from './events';
import type { Graph } from './graph';
import { withoutCase } from './scopes';
import { listOf, mapOf, textOf } from './step-document';
import type { StepFlow } from './step-flow';

/**
 * The starts of a process that is written as steps: one for its form and for calls, one for each message, signal, timer or
 * condition of the list `start`.
 * Returns the ids of those without a trigger.
 */
export function addStarts(context: ProcessContext, events: EventCompiler, graph: Graph, steps: StepFlow): string[] {
  const starts = listOf(context.report.document.value['start']).map(mapOf);
  const entry = steps.entry();
  const none = starts.length === 0 || starts.some((start) => start['form'] !== undefined) ? ['start'] : [];
  for (const id of none) {
    steps.add({ id, kind: 'startEvent' });
    graph.addFlow(`${id}.next`, id, entry);
  }
  starts.forEach((start, index) => {
    if (start['form'] !== undefined) return;
    const id = textOf(start['id']) ?? `start.${index + 1}`;
    const path = ['start', index];
    if (context.index.isTaken(id)) {
      const message = `the id "${id}" is given to a step as well`;
      context.report.at([...path, 'id'], { rule: 'duplicate-id', message, remedy: 'give each step and start an id of its own' });
    }
    const trigger = events.trigger(path, withoutCase(context.index.root.scope));
    steps.add({ id, kind: 'startEvent', trigger, ...resultOfStart(start) });
    graph.addFlow(`${id}.next`, id, entry);
  });
  return none;
}

/** The form with which people start a process, in either notation. */
export function startForm(context: ProcessContext): StartForm | undefined {
  const { index, report } = context;
  const listed = listOf(report.document.value['start']).map((start, at): [JsonObject, Path] => [mapOf(start), ['start', at]]);
  const nodes = index.root.elements
    .filter(({ kind }) => kind === 'startEvent')
    .map(({ value, path }): [JsonObject, Path] => [mapOf(value['startEvent']), [...path, 'startEvent']]);
  const [first, second] = [...listed, ...nodes].filter(([start]) => start['form'] !== undefined);
  if (second !== undefined) {
    const message = 'a process is started with one form';
    report.at([...second[1], 'form'], { rule: 'start-form-twice', message, remedy: 'keep one of them' });
  }
  if (first === undefined) return undefined;
  const [start, path] = first;
  const form = context.form([...path, 'form'], index.root.scope) ?? '';
  return { form, roles: context.roles([...path, 'roles']), ...resultOfStart(start) };
}

function resultOfStart(start: JsonObject): { result?: string } {
  const result = textOf(start['result']);
  return result === undefined ? {} : { result };
}
