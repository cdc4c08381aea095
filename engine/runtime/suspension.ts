import type { Draft } from './draft';
import type { EngineEvent, Refusal } from './events';
import { awaiting, skipTimes } from './events-received';
import type { InstanceState, Timer } from './instance-state';
import { LIMITS } from './limits';
import type { Request } from './requests';
import { instanceSnapshot, taskSnapshot } from './snapshots';
import { skipOverdue } from './user-task';

/** Suspends a case (挂起): people can do nothing in it, its timers stand still, and what comes from outside is kept. */
export function suspendCase(draft: Draft, { reason, actor }: Request<'suspendCase'>): Refusal | undefined {
  const { suspended } = draft.state;
  if (suspended !== undefined) return { code: 'case-suspended', message: `the case was suspended by "${suspended.by}" already` };
  draft.state.suspended = { atMs: draft.nowMs, by: actor.user, reason };
  const root = rootOf(draft.state);
  draft.record(root.id, undefined, { type: 'caseSuspended', instance: instanceSnapshot(draft, root, 'SUSPENDED'), reason });
  return undefined;
}

function rootOf(state: InstanceState): InstanceState['scopes'][string] {
  const root = Object.values(state.scopes).find((scope) => scope.caller === undefined);
  if (root === undefined) throw new Error('invariant: an active case has a root');
  return root;
}

/** Keeps a fact or an awaited message for later; refuses what people ask. Signals are not kept, timers wait by themselves. */
export function holdBack(draft: Draft, event: EngineEvent): Refusal | undefined {
  if (event.type === 'timersDue') return undefined;
  const held = draft.state.held ?? [];
  if (event.type === 'deliverMessage') {
    const same = (one: EngineEvent) =>
      one.type === 'deliverMessage' && one.name === event.name && one.correlationKey === event.correlationKey;
    const free = awaiting(draft, event.name, event.correlationKey).length - held.filter(same).length;
    if (free <= 0 || held.length >= LIMITS.held) {
      return { code: 'message-not-awaited', message: `nothing awaits message "${event.name}" with key "${event.correlationKey}"` };
    }
  } else if ('actor' in event) {
    const { by, reason } = draft.state.suspended ?? {};
    return { code: 'case-suspended', message: `the case is suspended by "${by}"`, details: { by: by ?? null, reason: reason ?? null } };
  }
  draft.state.held = [...held, event];
  return undefined;
}

type Resumed = { ok: true; held: EngineEvent[] } | { ok: false; refusal: Refusal };

/** Ends a suspension (激活): each timer is moved, kept or left out by its policy. Gives what was held back. */
export function resumeCase(draft: Draft, _request: Request<'resumeCase'>): Resumed {
  const { suspended, held = [] } = draft.state;
  if (suspended === undefined) return { ok: false, refusal: { code: 'case-not-suspended', message: 'the case is not suspended' } };
  delete draft.state.suspended;
  delete draft.state.held;
  const pauseMs = draft.nowMs - suspended.atMs;
  for (const timer of Object.values(draft.state.timers)) resumeTimer(draft, timer, pauseMs);
  for (const task of Object.values(draft.state.tasks)) {
    if (task.dueAtMs === null || task.dueAtMs < suspended.atMs || dueStays(draft, task.token)) continue;
    const shifted = { ...task, dueAtMs: task.dueAtMs + pauseMs };
    draft.put('tasks', shifted);
    draft.record(task.scope, task.node, { type: 'taskRescheduled', task: taskSnapshot(draft, shifted) });
  }
  const root = rootOf(draft.state);
  draft.record(root.id, undefined, { type: 'caseResumed', instance: instanceSnapshot(draft, root, 'ACTIVE') });
  return { ok: true, held };
}

function resumeTimer(draft: Draft, timer: Timer, pauseMs: number): void {
  if (timer.suspend === 'shift') return draft.put('timers', { ...timer, dueAtMs: timer.dueAtMs + pauseMs });
  // what a token waits for cannot be left out: it fires once
  if (timer.suspend !== 'skip' || timer.dueAtMs > draft.nowMs || timer.purpose.kind === 'catch') return;
  if (timer.purpose.kind === 'overdue') skipOverdue(draft, timer);
  else skipTimes(draft, timer);
}

/** Whether the due date of a token's task is a point in time that a pause does not move. */
function dueStays(draft: Draft, tokenId: string): boolean {
  const node = draft.node(draft.living(tokenId));
  const due = node.kind === 'userTask' ? node.due : undefined;
  return due === undefined || (due.suspend ?? ('at' in due ? 'fireOnce' : 'shift')) !== 'shift';
}
