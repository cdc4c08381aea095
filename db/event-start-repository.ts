import { evaluate } from '../engine/feel/evaluate';
import type { Expression } from '../engine/feel/expression';
import type { ModelClosure } from '../engine/runtime/process-model';
import type { Transaction } from './database';

/** A start of the latest version of a process that something else than a person triggers. */
export interface EventStart {
  dealership: string;
  processId: string;
  nodeId: string;
}

type EventStartRow = { dealership_id: string; process_id: string; node_id: string };

function startOf(row: EventStartRow): EventStart {
  return { dealership: row.dealership_id, processId: row.process_id, nodeId: row.node_id };
}

/** What a start node waits for; undefined where a trigger has no place at the start of a process. A name may be computed of `settings`. */
function triggerOf(
  closure: ModelClosure,
  nodeId: string,
): { kind: 'message' | 'signal' | 'timer' | 'condition'; name: string | null } | undefined {
  const node = closure.models[closure.root]?.nodes[nodeId];
  if (node?.kind !== 'startEvent' || node.trigger === undefined) return undefined;
  const { trigger } = node;
  if (trigger.kind === 'timer' || trigger.kind === 'condition') return { kind: trigger.kind, name: null };
  if (trigger.kind !== 'message' && trigger.kind !== 'signal') return undefined;
  const given = trigger.kind === 'message' ? trigger.message.name : trigger.name;
  const name = typeof given === 'string' ? given : computed(closure, given);
  return name === undefined ? undefined : { kind: trigger.kind, name };
}

function computed(closure: ModelClosure, expression: Expression): string | undefined {
  const read = (name: string) => (name === 'settings' ? { value: closure.settings, type: closure.settingsType } : undefined);
  const result = evaluate(expression, { read, nowMs: 0, timezone: closure.timezone });
  return result.ok && typeof result.value === 'string' ? result.value : undefined;
}

/**
 * Brings the starts of a process up to its published model; where nothing has `changed`, only those are put that were withdrawn with the whole
 * process. Timers are scheduled, or their schedules deleted, by whoever reads the rows.
 */
export async function putEventStarts(trx: Transaction, dealership: string, closure: ModelClosure, changed: boolean): Promise<void> {
  const model = closure.models[closure.root];
  if (model === undefined) throw new Error('invariant: a closure has its root');
  const kept: string[] = [];
  for (const nodeId of model.triggeredStarts ?? []) {
    const trigger = triggerOf(closure, nodeId);
    if (trigger === undefined) continue;
    kept.push(nodeId);
    await trx.query(
      `insert into event_start (dealership_id, process_id, node_id, kind, name) values ($1, $2, $3, $4, $5)
       on conflict (dealership_id, process_id, node_id) do update set kind = excluded.kind, name = excluded.name, withdrawn = false,
         scheduled = false, scheduled_until = null, published_at = now()
       where $6 or event_start.withdrawn`,
      [dealership, model.id, nodeId, trigger.kind, trigger.name, changed],
    );
  }
  await trx.query(
    `update event_start set withdrawn = true, scheduled = false
     where dealership_id = $1 and process_id = $2 and not (node_id = any ($3::text[])) and not withdrawn`,
    [dealership, model.id, kept],
  );
}

/** Withdraws the starts of processes that the dealership does not run any more. */
export async function withdrawOtherStarts(trx: Transaction, dealership: string, processIds: string[]): Promise<void> {
  await trx.query(
    `update event_start set withdrawn = true, scheduled = false
     where dealership_id = $1 and not (process_id = any ($2::text[])) and not withdrawn`,
    [dealership, processIds],
  );
}

/** The starts by a message or a signal of this name whose process is not suspended, by process. */
export async function listEventStarts(
  trx: Transaction,
  dealership: string,
  kind: 'message' | 'signal',
  name: string,
): Promise<EventStart[]> {
  const rows = await trx.query<EventStartRow>(
    `select e.dealership_id, e.process_id, e.node_id from event_start e
     where e.dealership_id = $1 and e.kind = $2 and e.name = $3 and not e.withdrawn
       and not exists (select from process_suspension s where s.dealership_id = $1 and s.process_id = e.process_id and s.resumed_at is null)
     order by e.process_id, e.node_id limit 100`,
    [dealership, kind, name],
  );
  return rows.map(startOf);
}

/** The processes with a start by a condition, suspended ones as well, by id; at most 1,000. */
export async function listConditionProcesses(trx: Transaction, dealership: string, processId: string | undefined): Promise<string[]> {
  const rows = await trx.query<{ process_id: string }>(
    `select distinct process_id from event_start
     where dealership_id = $1 and kind = 'condition' and not withdrawn and ($2::text is null or process_id = $2) order by process_id limit 1000`,
    [dealership, processId ?? null],
  );
  return rows.map((row) => row.process_id);
}

/** A timer start whose schedule is not yet as its row says. */
export interface UnscheduledStart extends EventStart {
  withdrawn: boolean;
  publishedAtMs: number;
}

/** Timer starts to be scheduled anew or no more, of all dealerships: the system role's. */
export async function listUnscheduled(trx: Transaction): Promise<UnscheduledStart[]> {
  const rows = await trx.query<EventStartRow & { withdrawn: boolean; published_at: Date }>(
    `select dealership_id, process_id, node_id, withdrawn, published_at from event_start
     where kind = 'timer' and (not scheduled or scheduled_until < now()) order by dealership_id, process_id, node_id limit 100`,
  );
  return rows.map((row) => ({ ...startOf(row), withdrawn: row.withdrawn, publishedAtMs: row.published_at.getTime() }));
}

/**
 * Notes that the schedule is as the row says, unless it was published anew meanwhile: the system role's. `untilMs` is when it has to be looked at
 * again; null: never.
 */
export async function markScheduled(trx: Transaction, start: UnscheduledStart, untilMs: number | null): Promise<void> {
  await trx.query(
    `update event_start set scheduled = true, scheduled_until = $6 where dealership_id = $1 and process_id = $2 and node_id = $3 and withdrawn = $4
       and abs(extract(epoch from published_at) * 1000 - $5::double precision) < 1`,
    [start.dealership, start.processId, start.nodeId, start.withdrawn, start.publishedAtMs, untilMs === null ? null : new Date(untilMs)],
  );
}
