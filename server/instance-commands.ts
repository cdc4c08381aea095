import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../db/account-repository';
import type { CaseHead } from '../db/case-rows';
import type { CommandRow } from '../db/command-repository';
import type { Transaction } from '../db/database';
import { type Definition, findDefinition, findForm, loadClosure } from '../db/definition-repository';
import { findHead, findIncident, findInstance } from '../db/instance-repository';
import { isSuspended } from '../db/suspension-repository';
import { businessKeyOf } from '../engine/compile/closure';
import type { JsonObject } from '../engine/json';
import { checkFormData, type Locale } from '../engine/language/form-data';
import type { ModelClosure, ProcessModel } from '../engine/runtime/process-model';
import type { CaseRequest } from '../workflows/messages';
import { assertMayCancel, assertMayResolve, assertMayStart } from './access';
import { type CaseAnswer, CaseUnavailableError } from './case-gateway';
import { BUSINESS_KEY_CHARS } from './case-starter';
import { catchUp } from './catch-up';
import type { CaseCommand } from './command-flow';
import { assertKnownUsers, schemaOfVariables } from './named-users';
import type { Parts } from './parts';
import { ApiError, formInvalid, refused } from './problem';
import { textIn } from './request';
import { incidentView, instanceView } from './views';

export interface InstanceRequest {
  parts: Parts;
  caller: Caller;
  locale: Locale;
}

interface StartPlan {
  definition: Definition;
  closure: ModelClosure;
  businessKey: string;
  variables: JsonObject;
}

/** Starts an instance from its start form's data. */
export function startInstance({ parts, caller, locale }: InstanceRequest, processId: string, data: JsonObject): CaseCommand<StartPlan> {
  return {
    kind: 'start',
    async prepare(trx, pending) {
      const definition = await findDefinition(trx, caller.dealership, processId);
      if (definition === undefined) throw new ApiError('not-found');
      const closure = await loadClosure(trx, caller.dealership, definition);
      const model = closure.models[closure.root] as ProcessModel;
      if (model.startForm === undefined) throw new ApiError('process-not-startable');
      if (pending === undefined) {
        assertMayStart(caller, model.startForm.roles);
        if (await isSuspended(trx, caller.dealership, processId)) throw new ApiError('process-suspended');
        await assertFormData(trx, caller, locale, model, data);
      }
      const variables = model.startForm.result === undefined ? data : { [model.startForm.result]: data };
      const instanceKey = pending?.instanceKey ?? uuidv7();
      const businessKey = pending === undefined ? keyOf(closure, processId, variables, parts.clock()) : keyIn(pending, processId);
      const key = businessKey ?? instanceKey;
      const workflowId = `${caller.dealership}:${processId}:${key}`;
      return { plan: { definition, closure, businessKey: key, variables }, address: { workflowId, instanceKey } };
    },
    async send({ definition, closure, businessKey, variables }, { address, updateId, repeated }) {
      // The case may have ended, in a later run or followed by another one of its business key: its rows know it better than Temporal.
      const begun = repeated && (await parts.db.tenant(caller.dealership, (trx) => findHead(trx, address.instanceKey))) !== undefined;
      if (begun) return { kind: 'applied', outcome: { sequence: 1, batch: null } };
      return parts.gateway.start({
        address,
        updateId,
        repeated,
        processId,
        title: textIn(definition.title, 'zh', processId),
        dealership: caller.dealership,
        actor: { user: caller.user, roles: caller.roles },
        businessKey,
        variables,
        closure,
      });
    },
    success: async (_trx, { businessKey }, _records, { address }) => ({
      status: 201,
      body: { processInstanceKey: address.instanceKey, businessKey, processDefinitionId: processId },
      headers: { Location: `/v1/process-instances/${encodeURIComponent(address.instanceKey)}` },
    }),
    failure: async ({ businessKey }, answer) => {
      if (answer.kind === 'refused') return refused(answer.refusal);
      if (answer.kind === 'gone') throw new CaseUnavailableError('a start cannot be gone');
      return new ApiError('business-key-taken', { params: { businessKey }, details: { businessKey } });
    },
  };
}

async function assertFormData(trx: Transaction, caller: Caller, locale: Locale, model: ProcessModel, data: JsonObject): Promise<void> {
  const hash = model.forms[model.startForm?.form ?? ''];
  const form = hash === undefined ? undefined : await findForm(trx, caller.dealership, hash);
  if (form === undefined) throw new Error(`invariant: the start form of "${model.id}" is published`);
  const errors = checkFormData(form.schema, data, locale);
  if (errors.length > 0) throw formInvalid(errors);
  const { result } = model.startForm ?? {};
  const variables = result === undefined ? schemaOfVariables(model.variables) : model.variables[result]?.constraint;
  await assertKnownUsers(trx, caller, locale, data, [form.schema, variables]);
}

function keyOf(closure: ModelClosure, processId: string, variables: JsonObject, nowMs: number): string | null {
  const result = businessKeyOf(closure, processId, variables, nowMs);
  if (!result.ok) throw new ApiError('business-key-invalid', { params: { reason: result.message } });
  if (result.key !== null && (result.key.length > BUSINESS_KEY_CHARS || /\p{Cc}/u.test(result.key))) {
    const reason = `a business key has at most ${BUSINESS_KEY_CHARS} characters and no control characters`;
    throw new ApiError('business-key-invalid', { params: { reason } });
  }
  return result.key;
}

/** The key that the first attempt computed: settings may have been published anew since. */
function keyIn(pending: CommandRow, processId: string): string {
  return pending.workflowId.slice(`${pending.dealership}:${processId}:`.length);
}

interface CasePlan {
  head: CaseHead;
  request: CaseRequest;
}

/** Cancels a root instance with everything that it called. */
export function cancelInstance(about: InstanceRequest, key: string, reason: string | null): CaseCommand<CasePlan> {
  const { parts, caller } = about;
  return {
    kind: 'act',
    async prepare(trx, pending) {
      const found = await findInstance(trx, key);
      if (found === undefined) throw new ApiError('not-found');
      const { instance, head } = found;
      if (pending === undefined) {
        assertMayCancel(caller, instance.startedBy);
        if (instance.parentKey !== null) throw new ApiError('forbidden', { details: { rootProcessInstanceKey: instance.rootKey } });
        if (instance.endedAtMs !== null) throw new ApiError('instance-not-active', { details: { state: instance.state } });
      }
      const request: CaseRequest = { type: 'cancelInstance', actor: { user: caller.user, roles: caller.roles }, reason };
      return { plan: { head, request }, address: { workflowId: head.workflowId, instanceKey: head.rootKey } };
    },
    send: sendWith(parts),
    success: async (_trx, _plan, records) => {
      const ended = records.find((record) => 'instance' in record && record.instance.key === key);
      if (ended === undefined || !('instance' in ended)) throw new Error(`invariant: canceling "${key}" ends it`);
      return { status: 200, body: instanceView(ended.instance) };
    },
    failure: (_, answer, { address }) => failureOf(about, answer, address),
  };
}

/** Tries a stopped step again. */
export function resolveIncident(about: InstanceRequest, key: string, variables: JsonObject): CaseCommand<CasePlan> {
  const { parts, caller } = about;
  return {
    kind: 'act',
    async prepare(trx, pending) {
      const found = await findIncident(trx, key);
      if (found === undefined) throw new ApiError('not-found');
      const { incident, head } = found;
      if (pending === undefined) {
        assertMayResolve(caller);
        const { state, resolvedBy } = incident;
        if (state !== 'ACTIVE') throw new ApiError('incident-not-found', { details: { state, resolvedBy } });
      }
      const actor = { user: caller.user, roles: caller.roles };
      const request: CaseRequest = { type: 'resolveIncident', actor, incidentKey: key, variables };
      return { plan: { head, request }, address: { workflowId: head.workflowId, instanceKey: head.rootKey } };
    },
    send: sendWith(parts),
    success: async (trx) => {
      const found = await findIncident(trx, key);
      if (found === undefined) throw new Error(`invariant: incident "${key}" has a row`);
      return { status: 200, body: incidentView(found.incident) };
    },
    failure: (_, answer, { address }) => failureOf(about, answer, address),
  };
}

/** Sends a request with what the rows have, so that the case can forget it. */
export function sendWith(parts: Parts): CaseCommand<CasePlan>['send'] {
  return ({ request, head }, { address, updateId, repeated }) =>
    parts.gateway.act({ address, updateId, request, repeated, rows: { sequence: head.sequence, chainHead: head.chainHead } });
}

/** Why a case did not take a request: its own reason, or that it has ended. */
export async function failureOf(
  { parts, caller }: InstanceRequest,
  answer: Exclude<CaseAnswer, { kind: 'applied' }>,
  address: { workflowId: string; instanceKey: string },
): Promise<ApiError> {
  if (answer.kind === 'refused') return refused(answer.refusal);
  await catchUp(parts, caller.dealership, address);
  const found = await parts.db.tenant(caller.dealership, (trx) => findInstance(trx, address.instanceKey));
  return new ApiError('instance-not-active', { details: { state: found?.instance.state ?? null } });
}
