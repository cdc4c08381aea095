import { evaluate } from '../feel/evaluate';
import type { Json, JsonObject } from '../json';
import type { ModelClosure, ProcessModel } from '../runtime/process-model';
import type { CompiledDealership } from './deployment';

/** The models of a process of a dealership and of everything that it may call, with the settings as they are. */
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
  return { root: processes[processId] as string, processes, models, settings, settingsType, timezone };
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
  const result = evaluate(model.businessKey, { read, nowMs, timezone: closure.timezone });
  if (!result.ok) return { ok: false, message: result.message };
  const { value } = result;
  if (typeof value === 'number') return { ok: true, key: String(value) };
  if (typeof value === 'string' && value.trim() !== '') return { ok: true, key: value };
  return { ok: false, message: `the business key "${model.businessKey.text}" gave ${JSON.stringify(value)}, not a text` };
}
