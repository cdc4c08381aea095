import { defaultPayloadConverter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils';
import type { RecordBatch } from '../../engine/runtime/records';
import { batchesOfHistory } from '../../server/history-records';

const batch = (sequence: number, dealership = 'tianhe'): RecordBatch => ({ rootKey: 'k', dealership, sequence, records: [] });
const payloads = (...values: unknown[]) => ({ payloads: values.map((value) => defaultPayloadConverter.toPayload(value)) });

let eventId = 0;
const written = (...batches: RecordBatch[]) => ({
  activityTaskScheduledEventAttributes: {
    activityType: { name: 'writeRecords' },
    input: payloads({ workflowId: 'w' }, batches),
  },
});
const answered = (name: string, value: unknown) => {
  eventId += 1;
  return [
    { eventId, workflowExecutionUpdateAcceptedEventAttributes: { acceptedRequest: { input: { name } } } },
    { workflowExecutionUpdateCompletedEventAttributes: { acceptedEventId: eventId, outcome: { success: payloads(value) } } },
  ];
};
const run = (...events: unknown[]): History => ({ events: events.flat() }) as History;

describe('the batches of a history', () => {
  it('come from Updates and from what the case gave to be written, over all runs, each once and in order', async () => {
    const first = run(
      answered('begin', { sequence: 1, batch: batch(1) }),
      written(batch(3), batch(4)),
      answered('other', { batch: batch(9) }),
    );
    const second = run(answered('act', { sequence: 2, batch: null }), answered('act', { sequence: 5, batch: batch(5) }), written(batch(4)));
    const third = run(answered('act', { sequence: 2, batch: batch(2) }));
    expect((await batchesOfHistory(second, first, third)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  });

  it('never are two different ones of one sequence', async () => {
    const history = run(answered('act', { sequence: 1, batch: batch(1) }), written(batch(1, 'haizhu')));
    await expect(batchesOfHistory(history)).rejects.toThrow('two different batches 1');
  });
});
