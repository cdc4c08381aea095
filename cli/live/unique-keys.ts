import { businessKeyOf, closureOf } from '../../engine/compile/closure';
import type { CompiledDealership } from '../../engine/compile/deployment';
import type { Json } from '../../engine/json';
import { checkFormData } from '../../engine/language/form-data';
import type { Expectation, Scenario, ScenarioAction } from '../../engine/language/scenario';

/** A day is a key of its own form: another one would be another day, with other deadlines. */
const DAY = /^\d{4}-\d\d-\d\d/u;

/** A key as a whole, wherever it stands in a text. */
function occurrenceOf(key: string): RegExp {
  const literal = key.replaceAll(/[\\^$.*+?()[\]{}|]/gu, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}_-])${literal}(?![\\p{L}\\p{N}_-])`, 'gu');
}

/**
 * The scenario with a business key and keys of messages that no other case has, so that it can be repeated on the same server: wherever the keys
 * stand in its data, others of the same form do. Where no such key fits the start form, it stays as it is, and so does a day.
 *
 * @param suffix digits that no other run has
 */
export function withUniqueKeys(scenario: Scenario, dealership: CompiledDealership, suffix: string): Scenario {
  const keys = keysOf(scenario, dealership).sort((a, b) => b.length - a.length);
  let unique = scenario;
  for (const key of keys) {
    const variants = variantsOf(key, suffix).map((variant) => renamed(unique, key, variant));
    unique = variants.find((variant) => fits(variant, dealership)) ?? unique;
  }
  return unique;
}

/** The business key, and the keys of messages that the scenario's own data decide. */
function keysOf(scenario: Scenario, dealership: CompiledDealership): string[] {
  const key = keyOf(scenario, dealership);
  const texts = new Set(
    textsIn([scenario.variables, scenario.trigger?.variables ?? {}, ...scenario.steps.flatMap(({ action }) => dataOf(action))]),
  );
  const awaited = scenario.steps.flatMap(({ action }) =>
    action.kind === 'message' && action.key !== undefined && texts.has(action.key) ? [action.key] : [],
  );
  const keys = new Set(key === undefined || !texts.has(key) ? awaited : [key, ...awaited]);
  return [...keys].filter((one) => !DAY.test(one));
}

function keyOf({ process, variables, trigger, atMs }: Scenario, dealership: CompiledDealership): string | undefined {
  const model = dealership.processes[process]?.model;
  if (model === undefined) return undefined;
  const node = trigger === undefined ? undefined : model.nodes[trigger.node];
  const result = node?.kind === 'startEvent' ? node.result : undefined;
  const came = trigger === undefined ? {} : result === undefined ? trigger.variables : { [result]: trigger.variables };
  const computed = businessKeyOf(closureOf(dealership, process), process, { ...variables, ...came }, atMs);
  return computed.ok && computed.key !== null ? computed.key : undefined;
}

/** Other keys of the same form, the likeliest first: digits take the place of digits where the length counts. */
function variantsOf(key: string, suffix: string): string[] {
  const digits = /\d+$/u.exec(key)?.[0] ?? '';
  const head = key.slice(0, key.length - digits.length);
  return [`${key}${digits === '' ? '-' : ''}${suffix}`, `${head}${suffix.slice(-digits.length || suffix.length)}`];
}

function fits(scenario: Scenario, dealership: CompiledDealership): boolean {
  const { variables, trigger } = scenario;
  const startForm = trigger === undefined ? dealership.processes[scenario.process]?.model.startForm : undefined;
  const form = dealership.forms[startForm?.form ?? ''];
  const data = startForm?.result === undefined ? variables : (variables[startForm.result] ?? {});
  return form === undefined || checkFormData(form.schema, data, 'en').length === 0;
}

function renamed(scenario: Scenario, key: string, variant: string): Scenario {
  const occurrence = occurrenceOf(key);
  const inText = (text: string) => text.replaceAll(occurrence, variant);
  const { variables, trigger, steps } = scenario;
  return {
    ...scenario,
    variables: mapTexts(variables, inText),
    ...(trigger === undefined ? {} : { trigger: { ...trigger, variables: mapTexts(trigger.variables, inText) } }),
    steps: steps.map((step) => ({ ...step, action: renamedAction(step.action, inText) })),
  };
}

function renamedAction(action: ScenarioAction, inText: (text: string) => string): ScenarioAction {
  switch (action.kind) {
    case 'task':
      return action.operation.type === 'completeTask'
        ? { ...action, operation: { ...action.operation, data: mapTexts(action.operation.data, inText) } }
        : action;
    case 'case':
      if (action.operation.type === 'setVariables')
        return { ...action, operation: { ...action.operation, variables: mapTexts(action.operation.variables, inText) } };
      return action.operation.type === 'addInstance'
        ? { ...action, operation: { ...action.operation, item: mapTexts(action.operation.item, inText) } }
        : action;
    case 'note':
      return action.note.kind === 'draft' ? { ...action, note: { ...action.note, data: mapTexts(action.note.data, inText) } } : action;
    case 'message':
      return { ...action, ...(action.key === undefined ? {} : { key: inText(action.key) }), variables: mapTexts(action.variables, inText) };
    case 'signal':
    case 'resolve':
      return { ...action, variables: mapTexts(action.variables, inText) };
    case 'answer':
      return action.answer.kind === 'output'
        ? { ...action, answer: { kind: 'output', output: mapTexts(action.answer.output, inText) } }
        : action;
    case 'expect':
      return { ...action, expectation: renamedExpectation(action.expectation, inText) };
    default:
      return action;
  }
}

function renamedExpectation(expectation: Expectation, inText: (text: string) => string): Expectation {
  const renamed: Expectation = { ...expectation };
  for (const part of ['variables', 'variablesContain', 'variablesExactly', 'variablesOf', 'asked', 'published', 'awaits'] as const) {
    const expected = expectation[part];
    if (expected !== undefined) Object.assign(renamed, { [part]: mapTexts(expected as Json, inText) });
  }
  return renamed;
}

function dataOf(action: ScenarioAction): Json[] {
  if (action.kind === 'task' && action.operation.type === 'completeTask') return [action.operation.data];
  return action.kind === 'answer' && action.answer.kind === 'output' ? [action.answer.output] : [];
}

function textsIn(values: readonly Json[]): string[] {
  return values.flatMap((value) => {
    if (typeof value === 'string') return [value];
    return value !== null && typeof value === 'object' ? textsIn(Object.values(value)) : [];
  });
}

/** The same data with each of its texts, but not its names, as the function gives it. */
function mapTexts<T extends Json>(value: T, inText: (text: string) => string): T {
  const map = (one: Json): Json => {
    if (typeof one === 'string') return inText(one);
    if (Array.isArray(one)) return one.map(map);
    return one !== null && typeof one === 'object'
      ? Object.fromEntries(Object.entries(one).map(([name, inner]) => [name, map(inner)]))
      : one;
  };
  return map(value as Json) as T;
}
