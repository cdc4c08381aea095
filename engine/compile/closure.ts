import type { Calendar } from '../calendar/calendar';
import { evaluate } from '../feel/evaluate';
import { calendarsRead } from '../feel/working-time-functions';
import type { Json, JsonObject } from '../json';
import type { ModelClosure, Node, ProcessModel, TimerRule } from '../runtime/process-model';
import type { CompiledDealership } from './deployment';

/** The models of a process of a dealership and of everything that it may call, with the settings as they are and the calendars that they name. */
export function closureOf(dealership: CompiledDealership, processId: string): ModelClosure {
  const processes: Record<string, string> = {};
  const models: Record<string, ProcessModel> = {};
  const open = [processId];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (Object.hasOwn(processes, id)) continue;
    const process = dealership.processes[id];
    if (process === undefined) throw new Error(`invariant: dealership "${dealership.id}" has no process "${id}"`);
    processes[id] = process.hash;
    models[process.hash] = process.model;
    for (const node of Object.values(process.model.nodes)) if (node.kind === 'callActivity') open.push(node.process);
  }
  const { settings, settingsType, timezone } = dealership;
  const calendars = calendarsOf(dealership, Object.values(models));
  return { root: processes[processId] as string, processes, models, settings, settingsType, timezone, ...calendars };
}

/**
 * The same for where there is no history of versions: each call that is pinned to one runs the process as it is at hand. A server binds these
 * to what is published.
 */
export function closureAtHand(dealership: CompiledDealership, processId: string): ModelClosure {
  const closure = closureOf(dealership, processId);
  const processes = { ...closure.processes };
  for (const model of Object.values(closure.models)) {
    for (const node of Object.values(model.nodes)) {
      if (node.kind !== 'callActivity' || node.binding?.kind !== 'version') continue;
      processes[`${node.process}@${node.binding.version}`] = processes[node.process] as string;
    }
  }
  return { ...closure, processes };
}

function calendarsOf(dealership: CompiledDealership, models: ProcessModel[]): { calendars?: Record<string, Calendar> } {
  const timers = models.flatMap((model) => Object.values(model.nodes).flatMap(timersOf));
  const named = [...new Set([...timers.flatMap(({ calendar }) => calendar ?? []), ...calendarsRead(models)])].sort();
  const calendars = named.flatMap((id) => {
    const calendar = dealership.calendars[id];
    return calendar === undefined ? [] : [[id, calendar] as const];
  });
  return calendars.length === 0 ? {} : { calendars: Object.fromEntries(calendars) };
}

/** The timers of a node. What is overdue is counted in the calendar of the due date. */
function timersOf(node: Node): TimerRule[] {
  if (node.kind === 'userTask') return [node.due, node.followUp].flatMap((timer) => timer ?? []);
  return 'trigger' in node && node.trigger?.kind === 'timer' ? [node.trigger.timer] : [];
}

/** A business key; null where the process has none, so that the instance key serves as such. */
export type BusinessKey = { ok: true; key: string | null } | { ok: false; message: string };

/**
 * The business key that an instance with these start variables gets. A text or a whole number is one; anything else, the empty text
 * included, is refused with a reason.
 */
export function businessKeyOf(closure: ModelClosure, processId: string, variables: JsonObject, nowMs: number): BusinessKey {
  const model = closure.models[closure.processes[processId] ?? ''];
  if (model === undefined) throw new Error(`invariant: the closure has no process "${processId}"`);
  if (model.businessKey === undefined) return { ok: true, key: null };
  const read = (name: string) => {
    if (Object.hasOwn(variables, name))
      return { value: variables[name] as Json, type: model.variables[name]?.type ?? { kind: 'any' as const } };
    return name === 'settings' ? { value: closure.settings, type: closure.settingsType } : undefined;
  };
  const { timezone, calendars = {} } = closure;
  const result = evaluate(model.businessKey, { read, nowMs, timezone, calendars });
  if (!result.ok) return { ok: false, message: result.message };
  const { value } = result;
  if (typeof value === 'number') return { ok: true, key: String(value) };
  if (typeof value === 'string' && value.trim() !== '') return { ok: true, key: value };
  return { ok: false, message: `the business key "${model.businessKey.text}" gave ${JSON.stringify(value)}, not a text` };
}
