import { v5 as uuidv5 } from 'uuid';
import type { Database, Transaction } from '../db/database';
import { findDefinition, loadClosure } from '../db/definition-repository';
import { listConditionProcesses, listEventStarts } from '../db/event-start-repository';
import { findHead } from '../db/instance-repository';
import { settleMessage } from '../db/message-repository';
import { applyAll } from '../db/projection';
import type { SignalTarget } from '../db/signal-repository';
import { isSuspended } from '../db/suspension-repository';
import { businessKeyOf } from '../engine/compile/closure';
import { evaluate } from '../engine/feel/evaluate';
import type { Json, JsonObject } from '../engine/json';
import type { ModelClosure, ProcessModel } from '../engine/runtime/process-model';
import { askStartConditions, variablesAtStart } from '../engine/runtime/start-conditions';
import type { AskedConditions, CaseStart, CaseStarted, ConditionEvaluation, MessageInput, SignalInput } from '../workflows/messages';
import type { CaseGateway } from './case-gateway';

/** What starts cases that no person starts. */
export interface StarterPorts {
  db: Database;
  gateway: CaseGateway;
  /** Looks at messages again that a subscription has been written for. */
  wake(message: { dealership: string; messageId: string }): Promise<void>;
}

const ANY = { kind: 'any' } as const;
/** RFC 9562, version 5: names of ours. */
const NAMESPACE = '5f3c1f0e-6d0b-4c5e-9a55-0f2f6f2f7c11';
/** Characters that a business key may have: it is part of the workflow's id, which Temporal bounds. */
export const BUSINESS_KEY_CHARS = 200;

/** A key of a case that is the same whenever it is asked for: of a message, a signal and a process, a timer start and its nominal time. */
export function derivedKey(dealership: string, ...parts: string[]): string {
  return uuidv5(JSON.stringify([dealership, ...parts]), NAMESPACE);
}

type Known = CaseStarted | { state: 'ready'; closure: ModelClosure; businessKey: string; initial: JsonObject };

async function prepare(trx: Transaction, start: CaseStart, given: ModelClosure | null): Promise<Known> {
  const { dealership, processId, instanceKey } = start;
  if ((await findHead(trx, instanceKey)) !== undefined) return { state: 'started' };
  if (await isSuspended(trx, dealership, processId)) return { state: 'waiting', workflowId: null };
  const closure = given ?? (await latestClosure(trx, dealership, processId));
  const model = closure?.models[closure.root];
  if (closure === undefined || model === undefined) return { state: 'refused', code: 'not-found' };
  const own = { ...closure, processes: { ...closure.processes, [processId]: closure.root } };
  const { initial, seen } = variablesOf(model, start);
  const nowMs = start.rehearsed?.clockMs ?? Date.now();
  if (start.rehearsed === undefined && !takesKey(closure, model, start, seen)) {
    const reason = `the key of start "${start.trigger?.node}" of process "${processId}" is another one than "${start.businessKey}"`;
    return { state: 'refused', code: 'message-not-awaited', reason };
  }
  const result = businessKeyOf(own, processId, seen, nowMs);
  const businessKey = result.ok ? (result.key ?? start.businessKey ?? instanceKey) : undefined;
  if (businessKey === undefined || businessKey.length > BUSINESS_KEY_CHARS || /\p{Cc}/u.test(businessKey)) {
    const bounds = `the business key of process "${processId}" has to be a text or a number of at most ${BUSINESS_KEY_CHARS} characters`;
    return { state: 'refused', code: 'business-key-invalid', reason: result.ok ? bounds : result.message };
  }
  return { state: 'ready', closure, businessKey, initial };
}

function variablesOf(model: ProcessModel, { variables, trigger }: CaseStart): { initial: JsonObject; seen: JsonObject } {
  if (trigger === undefined) return { initial: variables, seen: variables };
  return variablesAtStart(model, trigger.node, trigger.variables, variables);
}

/** Whether a message start takes a message of this key: one that names no key takes any. */
function takesKey(closure: ModelClosure, model: ProcessModel, start: CaseStart, variables: JsonObject): boolean {
  const node = model.nodes[start.trigger?.node ?? ''];
  if (node?.kind !== 'startEvent' || node.trigger?.kind !== 'message') return true;
  const read = (name: string) => {
    if (Object.hasOwn(variables, name)) return { value: variables[name] as Json, type: model.variables[name]?.type ?? ANY };
    return name === 'settings' ? { value: closure.settings, type: closure.settingsType } : undefined;
  };
  const result = evaluate(node.trigger.message.key, { read, nowMs: Date.now(), timezone: closure.timezone });
  return result.ok && (result.value === null || String(result.value) === start.businessKey);
}

async function latestClosure(trx: Transaction, dealership: string, processId: string): Promise<ModelClosure | undefined> {
  const definition = await findDefinition(trx, dealership, processId);
  return definition === undefined ? undefined : loadClosure(trx, dealership, definition);
}

/**
 * Starts a case by the path of the API, and writes its first rows, in one transaction with `finish`. Asked again for the same instance key, it
 * starts nothing.
 */
export async function startCase(
  ports: StarterPorts,
  start: CaseStart,
  given: ModelClosure | null,
  finish?: (trx: Transaction) => Promise<void>,
): Promise<CaseStarted> {
  const { db, gateway } = ports;
  const { dealership, processId, instanceKey, actor, trigger } = start;
  const known = await db.tenant(dealership, (trx) => prepare(trx, start, given));
  if (known.state !== 'ready') {
    if (known.state === 'started' && finish !== undefined) await db.tenant(dealership, finish);
    return known;
  }
  const { closure, businessKey, initial } = known;
  const address = { workflowId: `${dealership}:${processId}:${businessKey}`, instanceKey };
  const answer = await gateway.start({
    address,
    updateId: `start-${instanceKey}`,
    repeated: true,
    processId,
    title: closure.models[closure.root]?.title.zh ?? processId,
    dealership,
    actor,
    businessKey,
    variables: initial,
    closure,
    ...(trigger === undefined ? {} : { trigger }),
    ...(start.rehearsed === undefined ? {} : { rehearsed: start.rehearsed }),
  });
  if (answer.kind === 'business-key-taken') return { state: 'waiting', workflowId: address.workflowId };
  if (answer.kind === 'refused') return { state: 'refused', code: answer.refusal.code, reason: answer.refusal.message };
  if (answer.kind === 'gone') throw new Error(`the start of "${address.workflowId}" has no answer yet`);
  const { batch } = answer.outcome;
  const batches = batch === null ? await gateway.journal(address, 1) : [batch];
  if (batches.length === 0) {
    if (finish !== undefined) await db.tenant(dealership, finish);
  } else {
    const { matchedMessages } = await applyAll(db, address, batches, (from) => gateway.journal(address, from), finish);
    await Promise.all(matchedMessages.map((message) => ports.wake(message)));
  }
  return { state: 'started' };
}

/** Starts the case of a message by the first process with such a start whose business key is free; its end and the rows are one transaction. */
export async function startByMessage(ports: StarterPorts, message: MessageInput, rootKey: string): Promise<CaseStarted> {
  const { dealership, messageId, name, correlationKey, variables, actor } = message;
  const starts = await ports.db.tenant(dealership, (trx) => listEventStarts(trx, dealership, 'message', name));
  let last: CaseStarted | undefined;
  for (const { processId, nodeId } of starts) {
    const trigger = { node: nodeId, variables };
    const start = { dealership, processId, instanceKey: rootKey, actor, variables: {}, trigger, businessKey: correlationKey };
    const result = await startCase(ports, start, null, (trx) => settleMessage(trx, dealership, messageId, 'CORRELATED'));
    if (result.state === 'started') return result;
    if (result.state === 'waiting' || last?.state !== 'waiting') last = result;
  }
  return last ?? { state: 'waiting', workflowId: null };
}

/**
 * Asks the conditions of starts of the latest version of each process, over the variables that are handed in. The keys of the cases come of the
 * evaluation's id, so that asked again they are the same.
 */
export async function askConditions(db: Database, evaluation: ConditionEvaluation): Promise<AskedConditions> {
  const { dealership, evaluationId, variables } = evaluation;
  const asked: AskedConditions = { holding: [], failed: [] };
  const processes = await db.tenant(dealership, (trx) => listConditionProcesses(trx, dealership, evaluation.processId));
  for (const processId of processes) {
    const closure = await db.tenant(dealership, (trx) => latestClosure(trx, dealership, processId));
    for (const { node: nodeId, holds, failure } of closure === undefined ? [] : askStartConditions(closure, variables, Date.now())) {
      const instanceKey = derivedKey(dealership, 'condition', evaluationId, processId, nodeId);
      if (failure !== undefined) asked.failed.push({ processId, nodeId, code: failure.code });
      else if (holds) asked.holding.push({ processId, nodeId, instanceKey });
    }
  }
  return asked;
}

/** Hands a signal to one case, or starts the case that it begins. A case that does not wait for it any more has not heard it. */
export async function deliverSignal(ports: StarterPorts, signal: SignalInput, target: SignalTarget): Promise<void> {
  const { db, gateway } = ports;
  const { dealership, signalId, name, variables, actor } = signal;
  if (target.kind === 'start') {
    const { processId, nodeId } = target;
    const instanceKey = derivedKey(dealership, 'signal', signalId, processId, nodeId);
    const trigger = { node: nodeId, variables };
    await startCase(ports, { dealership, processId, instanceKey, actor, variables: {}, trigger }, null);
    return;
  }
  const address = { workflowId: target.workflowId, instanceKey: target.rootKey };
  const request = { type: 'deliverSignal', actor, signalId, name, variables } as const;
  const answer = await gateway.act({
    address,
    updateId: `signal-${signalId}`,
    request,
    repeated: true,
    rows: { sequence: 0, chainHead: '' },
  });
  if (answer.kind !== 'applied') return;
  const { batch, sequence } = answer.outcome;
  const batches = batch === null ? await gateway.journal(address, sequence) : [batch];
  if (batches.length === 0) return;
  const { matchedMessages } = await applyAll(db, address, batches, (from) => gateway.journal(address, from));
  await Promise.all(matchedMessages.map((message) => ports.wake(message)));
}
