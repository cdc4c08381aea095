import type { Caller } from '../db/account-repository';
import type { StoredTask } from '../db/case-rows';
import type { Transaction } from '../db/database';
import { findDefinitionOfModel, findForm, loadClosure, type StoredForm } from '../db/definition-repository';
import { findInstance, readScopes } from '../db/instance-repository';
import { evaluate } from '../engine/feel/evaluate';
import type { Json, JsonObject } from '../engine/json';
import type { Locale } from '../engine/language/form-data';
import { evaluationScope } from '../engine/runtime/expressions';
import type { ProcessModel } from '../engine/runtime/process-model';
import { declarationsAround } from './declared-variables';
import { textIn } from './request';
import { nodeOfTask } from './task-commands';
import { schemaIn } from './views';

/** The form of a task with what it begins with and what it shows beside, and the task's outcomes. */
export async function formOfTask(trx: Transaction, caller: Caller, task: StoredTask, locale: Locale, nowMs: number): Promise<JsonObject> {
  const found = await nodeOfTask(trx, caller.dealership, task);
  if (found === undefined) return { form: null, outcomes: [] };
  const { model, node } = found;
  const outcomes = node.outcomes.map(({ id, title }) => ({ id, title: textIn(title, locale, id) }));
  const hash = node.form === undefined ? undefined : model.forms[node.form];
  const form = hash === undefined ? undefined : await findForm(trx, caller.dealership, hash);
  if (form === undefined) return { form: null, outcomes };
  const variables = await readScopes(trx, task.scopeKeys);
  const shows = await shownBeside(trx, caller, task, model, form, variables, nowMs);
  return {
    form: {
      id: form.formId,
      title: textIn(form.title, locale, form.formId),
      schema: schemaIn(form.schema, locale),
      values: valuesOf(form, variables[node.result]),
      shows,
    },
    outcomes,
  };
}

/** What the step's result already holds, where a step is done again: the declared fields of it. */
function valuesOf(form: StoredForm, result: Json | undefined): JsonObject {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return {};
  const declared = form.schema['properties'];
  if (typeof declared !== 'object' || declared === null) return result;
  return Object.fromEntries(Object.entries(result).filter(([name]) => Object.hasOwn(declared, name)));
}

async function shownBeside(
  trx: Transaction,
  caller: Caller,
  task: StoredTask,
  model: ProcessModel,
  form: StoredForm,
  variables: JsonObject,
  nowMs: number,
): Promise<Json[]> {
  if (form.shows.length === 0) return [];
  const definition = await findDefinitionOfModel(trx, caller.dealership, task.model);
  const instance = (await findInstance(trx, task.instanceKey))?.instance;
  if (definition === undefined || instance === undefined) return [];
  const closure = await loadClosure(trx, caller.dealership, definition);
  const { startedBy, startedAtMs, businessKey } = instance;
  const declared = declarationsAround(model, task.elementId);
  const scope = evaluationScope(closure, { startedBy, startedAtMs, nowMs }, { instanceKey: task.instanceKey, businessKey }, [
    { variables, declared },
  ]);
  return form.shows.map((expression) => {
    const result = evaluate(expression, scope);
    return { expression: expression.text, value: result.ok ? result.value : null };
  });
}
