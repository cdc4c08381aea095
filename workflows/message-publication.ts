import { allHandlersFinished, condition, defineSignal, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';
import { AWAITED_SIGNAL, type Correlation, FIRST_ATTEMPT_UPDATE, type MessageInput, type SystemActivities } from './messages';

const firstAttempt = defineUpdate<Correlation>(FIRST_ATTEMPT_UPDATE);
const awaited = defineSignal(AWAITED_SIGNAL);

/** Between two looks for somebody who awaits a kept message, in case that the signal was lost with its sender. */
const LOOK_AGAIN_MS = 60_000;

const { correlateMessage } = proxyActivities<Pick<SystemActivities, 'correlateMessage'>>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s' },
});

/** Owns one published message until a case has it or its time to live is over. */
export async function messagePublication(message: MessageInput): Promise<Correlation> {
  let first: Correlation | undefined;
  let nudged = false;
  setHandler(awaited, () => {
    nudged = true;
  });
  setHandler(firstAttempt, async () => {
    await condition(() => first !== undefined);
    return first as Correlation;
  });
  for (;;) {
    nudged = false;
    const result = await correlateMessage(message);
    first ??= result;
    if (result.state !== 'BUFFERED') {
      await condition(allHandlersFinished);
      return result;
    }
    const left = message.expiresAtMs - Date.now();
    await condition(() => nudged, Math.max(1_000, Math.min(left, LOOK_AGAIN_MS)));
  }
}
