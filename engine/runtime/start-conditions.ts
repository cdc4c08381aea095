import { type EvaluationFailure, evaluate } from '../feel/evaluate';
import type { Json, JsonObject } from '../json';
import type { ModelClosure, ProcessModel } from './process-model';

const ANY = { kind: 'any' } as const;

/**
 * The variables with which a case begins at a start event with a trigger, beside those that are `set` anyway. What came goes to the start's
 * `result`, which the engine sets when it begins; without one each of its fields goes to the variable of its name, where the process declares one
 * or takes any (`additionalVariables`). `seen` holds the result as well: what the start's own expressions read.
 */
export function variablesAtStart(
  model: ProcessModel,
  node: string,
  came: JsonObject,
  set: JsonObject = {},
): { initial: JsonObject; seen: JsonObject } {
  const start = model.nodes[node];
  if (start?.kind !== 'startEvent') return { initial: set, seen: set };
  if (start.result !== undefined) return { initial: set, seen: { ...set, [start.result]: came } };
  const every = model.additionalVariables === true;
  const known = Object.entries(came).filter(([name]) => every || Object.hasOwn(model.variables, name));
  const initial = { ...set, ...Object.fromEntries(known) };
  return { initial, seen: initial };
}

/** What the condition of a start says; one that fails says why. */
export interface AskedStart {
  node: string;
  holds: boolean;
  failure?: Pick<EvaluationFailure, 'code' | 'message'>;
}

/**
 * Asks the conditions of all starts by a condition of a closure's root process, in the order of the definition, over the variables that are handed
 * in, the declared defaults of the others, and `settings`. Null does not hold; a value that is neither true nor false is a failure.
 */
export function askStartConditions(closure: ModelClosure, handedIn: JsonObject, nowMs: number): AskedStart[] {
  const model = closure.models[closure.root];
  if (model === undefined) throw new Error('invariant: a closure has its root');
  return (model.triggeredStarts ?? []).flatMap((node) => askStart(closure, model, node, handedIn, nowMs) ?? []);
}

function askStart(closure: ModelClosure, model: ProcessModel, id: string, handedIn: JsonObject, nowMs: number): AskedStart | undefined {
  const node = model.nodes[id];
  if (node?.kind !== 'startEvent' || node.trigger?.kind !== 'condition') return undefined;
  const { condition } = node.trigger;
  const { seen } = variablesAtStart(model, id, handedIn);
  const read = (name: string) => {
    const declared = model.variables[name];
    const value = Object.hasOwn(seen, name) ? seen[name] : declared?.default;
    if (value !== undefined) return { value: value as Json, type: declared?.type ?? ANY };
    return name === 'settings' ? { value: closure.settings, type: closure.settingsType } : undefined;
  };
  const { timezone, calendars = {} } = closure;
  const result = evaluate(condition, { read, nowMs, timezone, calendars });
  if (!result.ok) return { node: id, holds: false, failure: { code: result.code, message: result.message } };
  if (result.value === null || typeof result.value === 'boolean') return { node: id, holds: result.value === true };
  const message = `condition "${condition.text}" gave ${JSON.stringify(result.value).slice(0, 80)}, not true or false`;
  return { node: id, holds: false, failure: { code: 'expression-failed', message } };
}
