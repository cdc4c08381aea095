import { evaluate, evaluateCondition } from '../feel/evaluate';
import type { EvaluationScope, Expression, ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import { type Draft, Stop } from './draft';
import { addDuration, instantMs, instantText } from './durations';
import type { InstanceState, ScopeInstance } from './instance-state';
import { LIMITS } from './limits';
import type { ModelClosure, ProcessModel, TimerRule, VariableDeclaration } from './process-model';

const ANY: ValueType = { kind: 'any' };
const CASE_TYPE: ValueType = {
  kind: 'context',
  properties: { key: { kind: 'string' }, businessKey: { kind: 'string' }, startedBy: { kind: 'string' }, startedAt: { kind: 'dateTime' } },
};

/** What an expression of a process instance may read: its variables, `settings` and `case`. */
export function evaluationScope(
  closure: ModelClosure,
  state: Pick<InstanceState, 'startedBy' | 'startedAtMs' | 'nowMs'>,
  scope: Pick<ScopeInstance, 'variables' | 'instanceKey' | 'businessKey'>,
  model: ProcessModel,
): EvaluationScope {
  return {
    nowMs: state.nowMs,
    timezone: closure.timezone,
    read(name) {
      if (Object.hasOwn(scope.variables, name)) {
        return { value: scope.variables[name] as Json, type: model.variables[name]?.type ?? ANY };
      }
      if (name === 'settings') return { value: closure.settings, type: closure.settingsType };
      if (name === 'case') return { value: caseContext(closure, state, scope), type: CASE_TYPE };
      return undefined;
    },
  };
}

function caseContext(
  closure: ModelClosure,
  state: Pick<InstanceState, 'startedBy' | 'startedAtMs'>,
  scope: Pick<ScopeInstance, 'instanceKey' | 'businessKey'>,
): JsonObject {
  return {
    key: scope.instanceKey,
    businessKey: scope.businessKey,
    startedBy: state.startedBy,
    startedAt: instantText(state.startedAtMs, closure.timezone),
  };
}

function scopeFor(draft: Draft, scopeId: string): EvaluationScope {
  const scope = draft.scope(scopeId);
  return evaluationScope(draft.closure, draft.state, scope, draft.model(scope));
}

/** The value of an expression in a scope; a failure stops the token. */
export function valueIn(draft: Draft, scopeId: string, expression: Expression, want?: ValueType): Json {
  const result = evaluate(expression, scopeFor(draft, scopeId), want);
  if (!result.ok) throw new Stop(result.code, result.message);
  return result.value;
}

/** The truth of a condition; null and anything that is not true or false stop the token. */
export function isTrue(draft: Draft, scopeId: string, condition: Expression): boolean {
  const result = evaluateCondition(condition, scopeFor(draft, scopeId));
  if (!result.ok) throw new Stop(result.code, result.message);
  return result.value;
}

/** Whether an awaited condition has turned true; null counts as not yet. */
export function hasTurnedTrue(draft: Draft, scopeId: string, condition: Expression): boolean {
  return valueIn(draft, scopeId, condition) === true;
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

/** The user names that a list of expressions gives: each a name, a list of names, or null. */
export function usersOf(draft: Draft, scopeId: string, expressions: Expression[]): string[] {
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

/** When a timer rule is due. Never earlier than a second from now. */
export function dueAtMs(draft: Draft, scopeId: string, rule: TimerRule): number {
  const source = 'after' in rule ? rule.after : rule.at;
  const text = typeof source === 'string' ? source : valueIn(draft, scopeId, source);
  const due =
    typeof text !== 'string'
      ? undefined
      : 'after' in rule
        ? addDuration(draft.nowMs, text, draft.closure.timezone)
        : instantMs(text, draft.closure.timezone);
  if (due === undefined) {
    const wanted = 'after' in rule ? 'an ISO 8601 duration such as "PT4H"' : 'a point in time such as "2026-03-02T09:00:00+08:00"';
    throw new Stop('expression-failed', `timer gave ${JSON.stringify(text)}, not ${wanted}`);
  }
  return Math.max(due, draft.nowMs + LIMITS.timerMs);
}

/** Characters that values take in the state. */
function sizeOf(value: Json): number {
  return JSON.stringify(value).length;
}

/** Throws a stop where a value does not fit into a variable or into what is left of the case's budget. */
export function checkFits(draft: Draft, name: string, value: Json): void {
  const size = sizeOf(value);
  if (size > LIMITS.variableChars) {
    throw new Stop('value-too-large', `variable "${name}" has ${size} characters, at most ${LIMITS.variableChars} are allowed`);
  }
  if (size + variableChars(draft.state) > LIMITS.stateChars) {
    throw new Stop('value-too-large', `with variable "${name}" the case has more than ${LIMITS.stateChars} characters of variables`);
  }
}

/** Characters of all variables of a case. Cost: the size of the state. */
function variableChars(state: InstanceState): number {
  return Object.values(state.scopes).reduce((sum, scope) => sum + sizeOf(scope.variables), 0);
}
