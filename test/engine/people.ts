import type { Actor } from '../../engine/runtime/events';
import type { ReturnRule } from '../../engine/runtime/process-model';
import type { CaseSimulator } from '../../engine/simulate/case-simulator';
import { type BareNode, begin, graph } from './graph';

export const person = (user: string, ...roles: string[]): Actor => ({ user, roles });
export const ANNA = person('anna', 'clerk');
export const BEN = person('ben', 'clerk');
export const CHEN = person('chen', 'manager');
export const DORA = person('dora', 'finance');

export const AGAIN: ReturnRule = { to: ['write'], after: 'again', effects: 'compensate', maximum: 3, signing: 'all' };
export const STRAIGHT: ReturnRule = { ...AGAIN, after: 'straightBack' };
export const anybody = { roles: ['clerk', 'manager', 'finance'], users: [], exclude: [] };

export const keyOf = (simulator: CaseSimulator, step: string, who?: string): string =>
  simulator.tasksOf(step).find((one) => who === undefined || one.candidateUsers.includes(who) || one.assignee === who)?.key ?? 'none';

/** Completes the open task of a step (of the signer who acts, where it is called `sign`); gives the code of a refusal. */
export function complete(simulator: CaseSimulator, step: string, actor: Actor, outcome: string | null = null): string | undefined {
  return simulator.apply({
    type: 'completeTask',
    actor,
    taskKey: keyOf(simulator, step, step === 'sign' ? actor.user : undefined),
    outcome,
    data: {},
  })?.code;
}

/** Applies what must be refused: with its code, and without any change. */
/** Applies what must be refused: with its code, and without any change. */
export function refusedWith(simulator: CaseSimulator, event: Parameters<CaseSimulator['apply']>[0]): string | undefined {
  const before = simulator.state;
  const refusal = simulator.apply(event);
  expect(simulator.state).toBe(before);
  return refusal?.code;
}

export const line = (nodes: Record<string, BareNode>, lines: string) => begin(graph('p', lines, nodes));
