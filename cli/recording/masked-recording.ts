import type { Json, JsonObject } from '../../engine/json';
import type { Recording } from '../../server/recording';
import type { Pseudonyms } from './pseudonyms';
import type { RecordedAction, RecordedStart } from './recorded-actions';

/** Keys of a step at which data or words of people stand; all others name steps, people and codes. */
const WORDS = ['with', 'output', 'message', 'signal', 'set', 'variables', 'item', 'reason', 'cancel', 'suspend', 'fail'];
/** Keys at which people stand. */
const PEOPLE = ['as', 'for', 'to', 'user', 'users'];

/** A recorded case without what its schemas mark as personal: the fields themselves, and the same texts wherever else they stand. */
export function masked<T extends { start: RecordedStart; actions: RecordedAction[] }>(
  recorded: T,
  recording: Recording,
  pseudonyms: Pseudonyms,
): T {
  const schemas = new Schemas(recording);
  const { start } = recorded;
  const variables = pseudonyms.maskData(schemas.ofStart(), start.variables) as JsonObject;
  const trigger = start.trigger === undefined ? {} : { trigger: maskedTrigger(start.trigger, schemas, pseudonyms) };
  const inFields = recorded.actions.map((action) => maskedFields(action, schemas, pseudonyms));
  return {
    ...recorded,
    start: { ...start, variables: pseudonyms.maskTexts(variables) as JsonObject, ...trigger },
    actions: inFields.map((action) => withStep(action, (step) => mapKeys(step, WORDS, (value) => pseudonyms.maskTexts(value)))),
  };
}

/** The same with other people: `nameOf` says who stands for whom. */
export function withPeople<T extends { start: RecordedStart; actions: RecordedAction[] }>(
  recorded: T,
  nameOf: (user: string) => string,
): T {
  const rename = (value: Json): Json => (Array.isArray(value) ? value.map(rename) : typeof value === 'string' ? nameOf(value) : value);
  const inData = (value: Json): Json => {
    if (typeof value === 'string') return nameOf(value);
    if (Array.isArray(value)) return value.map(inData);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inData(inner)]));
  };
  const { start } = recorded;
  const trigger =
    start.trigger === undefined ? {} : { trigger: { ...start.trigger, variables: inData(start.trigger.variables) as JsonObject } };
  return {
    ...recorded,
    start: { ...start, startedBy: nameOf(start.startedBy), variables: inData(start.variables) as JsonObject, ...trigger },
    actions: recorded.actions.map((action) =>
      withStep(action, (step) => mapKeys(mapKeys(step, PEOPLE, 'return' in step ? (value) => value : rename), ['as', ...WORDS], inData)),
    ),
  };
}

function maskedTrigger(
  { node, variables }: NonNullable<RecordedStart['trigger']>,
  schemas: Schemas,
  pseudonyms: Pseudonyms,
): NonNullable<RecordedStart['trigger']> {
  return { node, variables: pseudonyms.maskTexts(pseudonyms.maskData(schemas.ofTrigger(node), variables)) as JsonObject };
}

function maskedFields(action: RecordedAction, schemas: Schemas, pseudonyms: Pseudonyms): RecordedAction {
  return withStep(action, (step) => {
    const ofVariables = schemas.ofVariables(action.instanceKey);
    const result: JsonObject = { ...step };
    if (step['with'] !== undefined) result['with'] = pseudonyms.maskData(schemas.ofTask(action), step['with']);
    if (step['output'] !== undefined) result['output'] = pseudonyms.maskData(schemas.ofResult(action), step['output']);
    for (const key of ['set', 'variables']) if (step[key] !== undefined) result[key] = pseudonyms.maskData(ofVariables, step[key]);
    for (const key of ['message', 'signal']) {
      const given = step[key];
      if (given === null || typeof given !== 'object' || Array.isArray(given) || given['variables'] === undefined) continue;
      const schema = schemas.ofResult(action) ?? ofVariables;
      result[key] = { ...given, variables: pseudonyms.maskData(schema, given['variables']) };
    }
    return result;
  });
}

function withStep(action: RecordedAction, change: (step: JsonObject) => JsonObject): RecordedAction {
  return action.step === undefined ? action : { ...action, step: change(action.step) };
}

function mapKeys(step: JsonObject, keys: readonly string[], change: (value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(step).map(([key, value]) => [key, keys.includes(key) ? change(value) : value]));
}

/** Where the schemas of a case's data are found. */
class Schemas {
  readonly #models = new Map<string, string>();

  constructor(private readonly recording: Recording) {
    for (const record of recording.batches.flatMap(({ records }) => records)) {
      if (record.type === 'instanceStarted') this.#models.set(record.instance.key, record.instance.model);
    }
  }

  ofStart(): JsonObject {
    const { closure, processInstanceKey, forms } = this.recording;
    const startForm = closure.models[closure.root]?.startForm;
    const form = forms[startForm?.form ?? '']?.schema;
    const own = this.ofVariables(processInstanceKey);
    if (form === undefined) return own;
    const fields = startForm?.result === undefined ? (form['properties'] as JsonObject | undefined) : { [startForm.result]: form };
    return { type: 'object', properties: { ...(own['properties'] as JsonObject), ...fields } };
  }

  ofTrigger(node: string): Json {
    const { processInstanceKey } = this.recording;
    return this.ofResult({ atMs: 0, instanceKey: processInstanceKey, elementId: node }) ?? this.ofVariables(processInstanceKey);
  }

  /** The variables of a process that hold something personal. */
  ofVariables(instanceKey: string): JsonObject {
    const declared = Object.entries(this.#modelOf(instanceKey)?.variables ?? {});
    const properties = declared.flatMap(([name, { personal }]) => (personal === undefined ? [] : [[name, personal] as const]));
    return { type: 'object', properties: Object.fromEntries(properties) };
  }

  ofTask(action: RecordedAction): Json | undefined {
    const node = this.#nodeOf(action);
    const form = node?.kind === 'userTask' ? this.recording.forms[node.form ?? '']?.schema : undefined;
    return form ?? this.ofResult(action);
  }

  /** What the variable holds that a step's result goes to. */
  ofResult(action: RecordedAction): Json | undefined {
    const node = this.#nodeOf(action);
    const result = node !== undefined && 'result' in node && typeof node.result === 'string' ? node.result : undefined;
    return result === undefined ? undefined : this.#modelOf(action.instanceKey)?.variables[result]?.personal;
  }

  #modelOf(instanceKey: string) {
    return this.recording.closure.models[this.#models.get(instanceKey) ?? ''];
  }

  #nodeOf({ instanceKey, elementId = '' }: RecordedAction) {
    return this.#modelOf(instanceKey)?.nodes[elementId];
  }
}
