import type { Observation, ObservedStep, ObservedWait } from '../language/scenario-host';
import type { InstanceState } from '../runtime/instance-state';
import type { ModelClosure, Node } from '../runtime/process-model';

/** What of a state listens; absent in one of which nothing is open. */
export type ListeningState = Pick<InstanceState, 'tokens' | 'scopes'> & Partial<Pick<InstanceState, 'timers' | 'subscriptions' | 'jobs'>>;

/** Everything that a case listens for, by the step or event that goes on with it; calls whose process runs belong to it. */
export function awaitedBy(closure: ModelClosure, state: ListeningState): Observation['awaits'] {
  const { tokens, scopes, timers = {}, subscriptions = {}, jobs = {} } = state;
  const at = (token: string, event?: string): ObservedStep => {
    const standing = tokens[token];
    return { processId: scopes[standing?.scope ?? '']?.processId ?? '', elementId: event ?? standing?.node ?? '' };
  };
  const waits: ObservedWait[] = [];
  for (const { token, node } of Object.values(jobs)) waits.push({ kind: 'connector', ...at(token, node) });
  for (const { token, purpose, dueAtMs } of Object.values(timers)) {
    if (purpose.kind === 'overdue') continue;
    waits.push({ kind: 'timer', ...at(token, purpose.kind === 'event' ? purpose.node : undefined), atMs: dueAtMs });
  }
  for (const { token, event, name, correlationKey } of Object.values(subscriptions)) {
    const key = correlationKey === null ? {} : { key: correlationKey };
    waits.push({ kind: correlationKey === null ? 'signal' : 'message', ...at(token, event), name, ...key });
  }
  for (const token of Object.values(tokens)) {
    for (const event of Object.keys(token.conditions ?? {})) waits.push({ kind: 'condition', ...at(token.id, event) });
    const node = closure.models[scopes[token.scope]?.model ?? '']?.nodes[token.node];
    if (token.status === 'guarded' || (token.status === 'waiting' && isCondition(node))) waits.push({ kind: 'condition', ...at(token.id) });
  }
  for (const { caller, kind, processId } of Object.values(scopes)) {
    if (kind === 'process' && caller !== undefined) waits.push({ kind: 'call', ...at(caller), name: processId });
  }
  return waits;
}

function isCondition(node: Node | undefined): boolean {
  return node?.kind === 'intermediateCatchEvent' && node.trigger.kind === 'condition';
}
