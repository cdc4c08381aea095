import { evaluate, evaluateCondition } from '../feel/evaluate';
import type { EvaluationScope, Expression, ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import { breach } from './constraint';
import { type Draft, Stop } from './draft';
import { instantText } from './durations';
import type { InstanceState, ScopeInstance } from './instance-state';
import { LIMITS } from './limits';
import type { ModelClosure, VariableDeclaration } from './process-model';
import { declarationsOf, scopeChain } from './scopes';
import { misfit } from './values';

const ANY: ValueType = { kind: 'any' };
const CASE_TYPE: ValueType = {
  kind: 'context',
  properties: { key: { kind: 'string' }, businessKey: { kind: 'string' }, startedBy: { kind: 'string' }, startedAt: { kind: 'dateTime' } },
};

/** The variables of one scope with their declarations; what is read is looked for from the first layer to the last. */
export interface NameLayer {
  variables: JsonObject;
  declared: Record<string, VariableDeclaration>;
}

/** What an expression of a process instance may read: the variables of its scopes, `settings` and `case`. */
export function evaluationScope(
  closure: Pick<ModelClosure, 'settings' | 'settingsType' | 'timezone' | 'calendars'>,
  state: Pick<InstanceState, 'startedBy' | 'startedAtMs' | 'nowMs'>,
  instance: Pick<ScopeInstance, 'instanceKey' | 'businessKey'>,
  layers: readonly NameLayer[],
): EvaluationScope {
  return {
    nowMs: state.nowMs,
    timezone: closure.timezone,
    ...(closure.calendars === undefined ? {} : { calendars: closure.calendars }),
    read(name) {
      for (const { variables, declared } of layers) {
        if (Object.hasOwn(variables, name)) return { value: variables[name] as Json, type: declared[name]?.type ?? ANY };
        // a variable that has no value yet hides one of the same name farther out
        if (Object.hasOwn(declared, name)) return undefined;
      }
      if (name === 'settings') return { value: closure.settings, type: closure.settingsType };
      if (name === 'case') return { value: caseContext(closure, state, instance), type: CASE_TYPE };
      return undefined;
    },
  };
}

function caseContext(
  closure: Pick<ModelClosure, 'timezone'>,
  state: Pick<InstanceState, 'startedBy' | 'startedAtMs'>,
  instance: Pick<ScopeInstance, 'instanceKey' | 'businessKey'>,
): JsonObject {
  return {
    key: instance.instanceKey,
    businessKey: instance.businessKey,
    startedBy: state.startedBy,
    startedAt: instantText(state.startedAtMs, closure.timezone),
  };
}

/** The names that are seen from a scope; `extra` are seen before all others, of the types that are declared for them. */
export function scopeFor(
  draft: Draft,
  scopeId: string,
  extra?: JsonObject,
  declared: Record<string, VariableDeclaration> = {},
): EvaluationScope {
  const scope = draft.scope(scopeId);
  const model = draft.model(scope);
  const layers = scopeChain(draft.state, scope).map((one) => ({ variables: one.variables, declared: declarationsOf(model, one) }));
  if (extra !== undefined) layers.unshift({ variables: extra, declared });
  return evaluationScope(draft.closure, draft.state, scope, layers);
}

/** The value of an expression in a scope; a failure stops the token. `extra` are seen before all others, of the types that are declared for them. */
export function valueIn(
  draft: Draft,
  scopeId: string,
  expression: Expression,
  want?: ValueType,
  extra?: JsonObject,
  declared: Record<string, VariableDeclaration> = {},
): Json {
  const result = evaluate(expression, scopeFor(draft, scopeId, extra, declared), want);
  if (!result.ok) throw new Stop(result.code, result.message);
  return result.value;
}

/** The truth of a condition; null and anything that is not true or false stop the token. */
export function isTrue(draft: Draft, scopeId: string, condition: Expression, extra?: JsonObject): boolean {
  const result = evaluateCondition(condition, scopeFor(draft, scopeId, extra));
  if (!result.ok) throw new Stop(result.code, result.message);
  return result.value;
}

/** Whether an awaited condition has turned true; null counts as not yet. */
export function hasTurnedTrue(draft: Draft, scopeId: string, condition: Expression, extra?: JsonObject): boolean {
  return valueIn(draft, scopeId, condition, undefined, extra) === true;
}

/** Evaluates a map of expressions and literals; `declared` says of which type a name wants its value. */
export function inputOf(
  draft: Draft,
  scopeId: string,
  input: Record<string, Expression | { literal: Json }>,
  declared: Record<string, VariableDeclaration> = {},
): JsonObject {
  const values: JsonObject = {};
  for (const [name, source] of Object.entries(input)) {
    values[name] = 'literal' in source ? source.literal : valueIn(draft, scopeId, source, declared[name]?.type);
  }
  return values;
}

/** A text that is given as it stands or by an expression; anything but a text stops the token. */
export function textIn(draft: Draft, scopeId: string, source: string | Expression, what: string): string {
  if (typeof source === 'string') return source;
  const value = valueIn(draft, scopeId, source);
  if (typeof value === 'string' && value !== '') return value;
  throw new Stop('expression-failed', `${what} "${source.text}" gave ${JSON.stringify(value)}, not a text`);
}

/** The correlation key that a message rule gives; anything but a text or a whole number stops the token. */
export function correlationKeyOf(draft: Draft, scopeId: string, key: Expression): string {
  const value = valueIn(draft, scopeId, key);
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number') return String(value);
  throw new Stop('expression-failed', `correlation key "${key.text}" gave ${JSON.stringify(value)}, not a text or a number`);
}

/** The user names that a list of expressions gives: each a name, a list of names, or null. */
export function usersOf(draft: Draft, scopeId: string, expressions: Expression[]): string[] {
  if (expressions.length === 0) return [];
  const users = new Set<string>();
  for (const expression of expressions) {
    const value = valueIn(draft, scopeId, expression);
    for (const user of Array.isArray(value) ? value : [value]) {
      if (user === null) continue;
      if (typeof user !== 'string')
        throw new Stop('expression-failed', `"${expression.text}" gave ${JSON.stringify(user)}, not a user name`);
      users.add(user);
    }
  }
  return [...users];
}

/** Throws a stop where a value is not what its variable is declared to be, or does not fit into a variable or into what is left of the case's budget. */
export function checkValue(draft: Draft, name: string, value: Json, declared?: VariableDeclaration): void {
  const wrong = declared === undefined ? undefined : wrongIn(value, declared, name);
  if (wrong !== undefined) throw new Stop('value-invalid', wrong);
  const size = draft.sizeOf(value);
  if (size > LIMITS.variableChars) {
    throw new Stop('value-too-large', `variable "${name}" has ${size} characters, at most ${LIMITS.variableChars} are allowed`);
  }
  if (size + draft.variableChars() > LIMITS.stateChars) {
    throw new Stop('value-too-large', `with variable "${name}" the case has more than ${LIMITS.stateChars} characters of variables`);
  }
}

/** Why a value is not what a variable is declared to be; undefined where it is. */
function wrongIn(value: Json, { type, constraint }: VariableDeclaration, name: string): string | undefined {
  return constraint === undefined ? misfit(value, type, name) : breach(value, constraint, name);
}
