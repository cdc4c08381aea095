import type { CompiledDealership, Finding } from '../compile/deployment';
import type { JsonObject } from '../json';
import type { ProcessModel } from '../runtime/process-model';
import { findingAt } from './finding';
import { checkFormData } from './form-data';
import { usersNamedIn } from './named-users';
import { type Scenario, type ScenarioStep, TEST_DEALERSHIP } from './scenario';
import type { Path } from './source-document';
import { pointerPath } from './source-document';
import { quoted, suggestion } from './suggestion';

/**
 * Checks the people whom a scenario names, as whoever does a step and in fields of forms, against those of its dealership, and the fields against the
 * forms. What is meant to be refused may name anybody and anything; at a dealership that is made for the scenario anybody may be named.
 */
export function checkScenarioPeople(scenario: Scenario, dealership: CompiledDealership): Finding[] {
  const people = new Set(Object.values(dealership.roles).flat());
  const strangerAt = (path: Path, user: string | undefined): Finding[] => {
    if (user === undefined || user === '' || user === 'system' || people.has(user)) return [];
    const message = `dealership ${quoted(dealership.id)} has no user ${quoted(user)}`;
    const remedy = suggestion(user, people) ?? 'name somebody who has a role in its document';
    return [findingAt(scenario.placeOf(path), { rule: 'unknown-user', message, remedy })];
  };
  const isMade = dealership.id === TEST_DEALERSHIP;
  const inForm = (id: string | undefined, data: JsonObject, path: Path): Finding[] => {
    const schema = id === undefined ? undefined : dealership.forms[id]?.schema;
    if (schema === undefined || id === undefined) return [];
    const named = isMade ? [] : usersNamedIn(schema, data);
    return [
      ...unknownFields(scenario, { id, schema, data, path }),
      ...named.flatMap(({ pointer, user }) => strangerAt([...path, ...pointerPath(pointer)], user)),
    ];
  };
  const asked = isMade ? () => [] : strangerAt;
  const begun = scenario.refused === undefined ? [...asked(['as'], scenario.startedBy), ...startFields(scenario, dealership, inForm)] : [];
  const models = modelsOfCase(dealership, scenario.process);
  const steps = scenario.steps.filter(({ refused }) => refused === undefined);
  return [
    ...begun,
    ...steps.flatMap((step) => [
      ...peopleOf(step).flatMap(({ user, at }) => asked([...step.path, ...at], user)),
      ...completedFields(step, models, inForm),
    ]),
  ];
}

type FormCheck = (form: string | undefined, data: JsonObject, path: Path) => Finding[];

function startFields({ process, trigger, evaluate, variables }: Scenario, dealership: CompiledDealership, inForm: FormCheck): Finding[] {
  const startForm = dealership.processes[process]?.model.startForm;
  if (startForm === undefined || trigger !== undefined || evaluate !== undefined) return [];
  const { form, result } = startForm;
  return inForm(form, mapOf(result === undefined ? variables : variables[result]), result === undefined ? ['start'] : ['start', result]);
}

/** The process of a case, with all that it calls. */
function modelsOfCase({ processes }: CompiledDealership, root: string): ProcessModel[] {
  const models: ProcessModel[] = [];
  const open = new Set([root]);
  for (const id of open) {
    const model = Object.hasOwn(processes, id) ? processes[id]?.model : undefined;
    if (model === undefined) continue;
    models.push(model);
    for (const node of Object.values(model.nodes)) if (node.kind === 'callActivity') open.add(node.process);
  }
  return models;
}

/** Of several steps of that id with several forms none is looked at: which one it is, is known when it runs. */
function completedFields({ action, path, verb }: ScenarioStep, models: readonly ProcessModel[], inForm: FormCheck): Finding[] {
  if (action.kind !== 'task' || action.operation.type !== 'completeTask') return [];
  const forms = new Set(
    models.flatMap((model) => {
      const node = model.nodes[action.step];
      return node?.kind === 'userTask' ? [node.form] : [];
    }),
  );
  const [form, ...others] = forms;
  return verb === 'complete' && others.length === 0 ? inForm(form, action.operation.data, [...path, 'with']) : [];
}

function unknownFields(scenario: Scenario, form: { id: string; schema: JsonObject; data: JsonObject; path: Path }): Finding[] {
  const { id, schema, data, path } = form;
  return checkFormData(schema, data, 'en').flatMap(({ pointer, code }) => {
    if (code !== 'additional-properties' && code !== 'unevaluated-properties') return [];
    const inside = pointerPath(pointer);
    const name = String(inside.at(-1));
    const message = `form ${quoted(id)} has no field ${quoted(name)}`;
    const remedy = suggestion(name, fieldsAt(schema, inside.slice(0, -1))) ?? 'leave it out, or add it to the form';
    return [findingAt(scenario.placeOf([...path, ...inside], 'key'), { rule: 'unknown-field', message, remedy })];
  });
}

function fieldsAt(schema: JsonObject, path: Path): string[] {
  const at = path.reduce((part: JsonObject, key) => fieldOf(part, String(key)), schema);
  return Object.keys(mapOf(at['properties']));
}

function fieldOf(schema: JsonObject, key: string): JsonObject {
  const properties = mapOf(schema['properties']);
  return Object.hasOwn(properties, key) ? mapOf(properties[key]) : mapOf(schema['items']);
}

function peopleOf({ action }: ScenarioStep): { user: string | undefined; at: Path }[] {
  const doers = [
    { user: 'as' in action ? action.as : undefined, at: ['as'] },
    { user: 'for' in action ? action.for : undefined, at: ['for'] },
  ];
  if (action.kind !== 'task') return doers;
  const { operation } = action;
  return [
    ...doers,
    { user: 'to' in operation ? operation.to : undefined, at: ['to'] },
    { user: 'user' in operation ? operation.user : undefined, at: ['user'] },
    ...('users' in operation ? operation.users.map((user, index) => ({ user, at: ['users', index] })) : []),
  ];
}

function mapOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
