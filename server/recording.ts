import type { CaseHead, StoredInstance } from '../db/case-rows';
import type { Transaction } from '../db/database';
import { findDefinitionOfModel, findForm, loadClosure } from '../db/definition-repository';
import { findInstance } from '../db/instance-repository';
import { awaitsMovingMessage, listTasksOfCases, readBatches, readRoles, type StoredBatch } from '../db/recording-repository';
import type { CompiledForm } from '../engine/compile/deployment';
import type { Observation } from '../engine/language/scenario-host';
import type { ModelClosure } from '../engine/runtime/process-model';
import { type ObservedState, observationOf } from '../engine/simulate/observation';
import type { InspectedCase } from '../workflows/messages';
import type { Parts } from './parts';
import { ApiError } from './problem';

/** What a case is like now, as scenarios see it. */
export interface ObservedCase {
  observation: Observation;
  /** Whether the rows have come up with the case and no message is on its way to it. */
  settled: boolean;
  /** Grows with everything that happens in the case. */
  sequence: number;
}

/** Everything that a case did, and what it did it with: enough to play it again elsewhere. */
export interface Recording {
  processInstanceKey: string;
  processDefinitionId: string;
  dealership: string;
  businessKey: string;
  batches: StoredBatch[];
  observation: Observation;
  closure: ModelClosure;
  /** The forms that its processes name, by id. */
  forms: Record<string, Pick<CompiledForm, 'id' | 'hash' | 'title' | 'schema' | 'shows'>>;
  /** The dealership's roles today, with who has each. */
  roles: Record<string, string[]>;
}

/** Records of one case that are read at once. */
const MOST_RECORDS = 20_000;

interface ReadCase {
  instance: StoredInstance;
  /** As it was before the batches were read: what it tells, they have. */
  head: CaseHead;
  batches: StoredBatch[];
  inspected: InspectedCase | undefined;
}

/** Observes a root instance. */
export async function observeCase(parts: Parts, dealership: string, key: string): Promise<ObservedCase> {
  const read = await readCase(parts, dealership, key);
  const { instance, head, batches, inspected } = read;
  const moving = await parts.db.tenant(dealership, (trx) => awaitsMovingMessage(trx, dealership, instance.key));
  // what a suspended case keeps for later leaves no event
  const sequence = Math.max(batches.at(-1)?.sequence ?? 0, head.sequence);
  const settled = !moving && (inspected === undefined || inspected.state.sequence <= sequence);
  const closure = await closureFor(parts, dealership, read);
  return {
    observation: await observationFor(parts, dealership, read, closure),
    settled,
    sequence: Math.max(sequence, inspected?.state.sequence ?? 0),
  };
}

/** Reads everything of a root instance. */
export async function recordingOf(parts: Parts, dealership: string, key: string): Promise<Recording> {
  const read = await readCase(parts, dealership, key);
  const { instance, batches } = read;
  const closure = await closureFor(parts, dealership, read);
  const observation = await observationFor(parts, dealership, read, closure);
  const { forms, roles } = await parts.db.tenant(dealership, async (trx) => ({
    forms: await formsOf(trx, dealership, closure),
    roles: await readRoles(trx, dealership),
  }));
  const { processId: processDefinitionId, businessKey } = instance;
  return { processInstanceKey: instance.key, processDefinitionId, dealership, businessKey, batches, observation, closure, forms, roles };
}

async function readCase(parts: Parts, dealership: string, key: string): Promise<ReadCase> {
  const { instance, head, batches } = await parts.db.tenant(dealership, (trx) => findCase(trx, key));
  const inspected = await parts.gateway.inspect({ workflowId: head.workflowId, instanceKey: head.rootKey });
  return { instance, head, batches, inspected };
}

async function findCase(trx: Transaction, key: string): Promise<{ instance: StoredInstance; head: CaseHead; batches: StoredBatch[] }> {
  const found = await findInstance(trx, key);
  if (found === undefined) throw new ApiError('not-found');
  const { instance, head } = found;
  if (instance.parentKey !== null) throw new ApiError('forbidden', { details: { rootProcessInstanceKey: instance.rootKey } });
  const batches = await readBatches(trx, key, MOST_RECORDS);
  if (batches === undefined)
    throw new ApiError('value-too-large', { params: { reason: `the case has more than ${MOST_RECORDS} records` } });
  return { instance, head, batches };
}

/** What the case runs with; where Temporal has forgotten it, the latest version that has its model. */
async function closureFor({ db }: Parts, dealership: string, { instance, inspected }: ReadCase): Promise<ModelClosure> {
  if (inspected !== undefined) return inspected.closure;
  return db.tenant(dealership, async (trx) => {
    const definition = await findDefinitionOfModel(trx, dealership, instance.model);
    if (definition === undefined) throw new ApiError('not-found');
    return loadClosure(trx, dealership, definition);
  });
}

async function observationFor(parts: Parts, dealership: string, read: ReadCase, closure: ModelClosure): Promise<Observation> {
  const { instance, batches, inspected } = read;
  const records = batches.flatMap((batch) => batch.records);
  const state = instance.endedAtMs === null && inspected !== undefined ? inspected.state : nothingOpen(instance.key);
  const detached = records.flatMap((record) => (record.type === 'detachedStarted' ? [record.key] : []));
  const detachedTasks = detached.length === 0 ? [] : await parts.db.tenant(dealership, (trx) => listTasksOfCases(trx, detached));
  return { ...observationOf(closure, state, records), detachedTasks };
}

/** What of a state an observation looks at, in a case of which nothing is left. */
function nothingOpen(instanceKey: string): ObservedState {
  return { instanceKey, tasks: {}, tokens: {}, scopes: {}, incidents: {} };
}

async function formsOf(trx: Transaction, dealership: string, closure: ModelClosure): Promise<Recording['forms']> {
  const forms: Recording['forms'] = {};
  for (const model of Object.values(closure.models)) {
    for (const [id, hash] of Object.entries(model.forms)) {
      const form = await findForm(trx, dealership, hash);
      if (form !== undefined) forms[id] = { id, hash, title: form.title, schema: form.schema, shows: form.shows };
    }
  }
  return forms;
}
