import { Client, Connection } from '@temporalio/client';
import { HAND_WRITTEN_NAMESPACE } from './hand-written/messages';
import { round } from './load/window';

/** What a case cost Temporal, from its real history; means over some cases. */
export interface HistoryFigures {
  historyBytes: number;
  events: number;
  workflowTasks: number;
  activities: number;
  updates: number;
}

const places = {
  handWritten: { namespace: HAND_WRITTEN_NAMESPACE, workflowId: (orderNo: string) => `workbench:order:${orderNo}` },
  engine: { namespace: 'default', workflowId: (orderNo: string) => `workbench:bench-order:${orderNo}` },
};

/** Reads the histories of these orders. */
export async function readHistories(
  temporalAddress: string,
  player: keyof typeof places,
  orderNos: readonly string[],
): Promise<HistoryFigures | null> {
  if (orderNos.length === 0) return null;
  const { namespace, workflowId } = places[player];
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    const { workflow } = new Client({ connection, namespace });
    const all = await Promise.all(orderNos.map((orderNo) => figuresOf(workflow.getHandle(workflowId(orderNo)))));
    const mean = (of: (figures: HistoryFigures) => number) => round(all.reduce((sum, each) => sum + of(each), 0) / all.length, 1);
    return {
      historyBytes: mean((each) => each.historyBytes),
      events: mean((each) => each.events),
      workflowTasks: mean((each) => each.workflowTasks),
      activities: mean((each) => each.activities),
      updates: mean((each) => each.updates),
    };
  } finally {
    await connection.close();
  }
}

async function figuresOf(handle: ReturnType<Client['workflow']['getHandle']>): Promise<HistoryFigures> {
  const { historyLength, raw } = await handle.describe();
  const { events = [] } = await handle.fetchHistory();
  const count = (attributes: 'workflowTaskCompleted' | 'activityTaskScheduled' | 'workflowExecutionUpdateAccepted') =>
    (events ?? []).filter((event) => event[`${attributes}EventAttributes`] != null).length;
  return {
    historyBytes: Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0),
    events: historyLength,
    workflowTasks: count('workflowTaskCompleted'),
    activities: count('activityTaskScheduled'),
    updates: count('workflowExecutionUpdateAccepted'),
  };
}
