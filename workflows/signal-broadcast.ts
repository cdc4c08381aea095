import { proxyActivities } from '@temporalio/workflow';
import type { SignalInput, SystemActivities } from './messages';

const { takeSignalTargets, tellSignalTargets } = proxyActivities<Pick<SystemActivities, 'takeSignalTargets' | 'tellSignalTargets'>>({
  startToCloseTimeout: '2m',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s' },
});

/**
 * Hands a signal to everybody who waits for it at the moment of its broadcast, each once. A signal is not kept: who begins to wait later does
 * not hear it.
 */
export async function signalBroadcast(signal: SignalInput): Promise<{ targets: number }> {
  const targets = await takeSignalTargets(signal);
  while (await tellSignalTargets(signal)) {
    // the next ones
  }
  return { targets };
}
