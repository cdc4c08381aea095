import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { dataConverter } from '../../server/payload-codec';
import { recordedHistories } from './histories';

const recorded = recordedHistories();

describe('recorded histories', () => {
  beforeAll(() => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
  });

  it('are there', () => {
    expect(recorded.length).toBeGreaterThan(3);
  });

  it.each(recorded)('replay on the code of today: $name', async ({ name, history }) => {
    const workflowBundle = { codePath: process.env['NEIQIN_TEST_WORKFLOW_BUNDLE'] as string };
    await Worker.runReplayHistory({ workflowBundle, dataConverter }, history, name);
  });

  it('that were tampered with do not replay', async () => {
    const { name, history } = recorded[0] as (typeof recorded)[0];
    const workflowBundle = { codePath: process.env['NEIQIN_TEST_WORKFLOW_BUNDLE'] as string };
    const events = (history as { events: { eventType: string }[] }).events.filter(
      ({ eventType }) => !/UPDATE_(ACCEPTED|COMPLETED)/u.test(eventType),
    );
    const renumbered = events.map((event, index) => ({ ...event, eventId: String(index + 1) }));
    await expect(Worker.runReplayHistory({ workflowBundle, dataConverter }, { events: renumbered }, name)).rejects.toThrow();
  });
});
