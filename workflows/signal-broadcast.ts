import { proxyActivities } from '@temporalio/workflow';
import type { SignalInput, SystemActivities } from './messages';

/** Targets of one activity: few enough for its time, many enough for a short history. */
const TARGETS_AT_ONCE = 50;

const { findSignalTargets, deliverSignal } = proxyActivities<Pick<SystemActivities, 'findSignalTargets' | 'deliverSignal'>>({
  startToCloseTimeout: '2m',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s' },
});

/**
 * Hands a signal to everybody who waits for it at the moment of its broadcast, each once. A signal is not kept: who begins to wait later does
 * not hear it.
 */
export async function signalBroadcast(signal: SignalInput): Promise<{ targets: number }> {
  const targets = await findSignalTargets(signal);
  for (let first = 0; first < targets.length; first += TARGETS_AT_ONCE) {
    await deliverSignal(signal, targets.slice(first, first + TARGETS_AT_ONCE));
  }
  return { targets: targets.length };
}
