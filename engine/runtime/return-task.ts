import { undo } from './compensation';
import { startDetour } from './detour';
import type { Draft } from './draft';
import type { Refusal } from './events';
import type { DoneTask, Token, Undoable, UserTask } from './instance-state';
import { type Descent, descentFrom, isSince, redo, standsFor } from './lines';
import type { ReturnRule } from './process-model';
import { checkActor, checkAssignee, findTask, type Request, taskNotFound } from './requests';
import { processScope, scopeChain } from './scopes';
import { taskSnapshot } from './snapshots';
import { taskNode } from './user-task';

/**
 * Sends the case back (退回) to a user task that was completed on the way to this one, in this scope or in one around it.
 *
 * `again`: everything that descends from that completion is withdrawn, siblings in parallel branches and instances included, what can be undone
 * of it is undone first (or the return is refused), and the case goes on from there. `straightBack`: that task alone is done again while this one
 * waits; nothing else is touched.
 */
export function returnTask(draft: Draft, request: Request<'returnTask'>): Refusal | undefined {
  const task = findTask(draft, request.taskKey);
  if (task === undefined) return taskNotFound(request.taskKey);
  const rule = taskNode(draft, task).return;
  const refusal = checkActor(task, request.actor) ?? checkAssignee(task, request.actor) ?? checkTarget(task, rule, request.target);
  if (refusal !== undefined || rule === undefined) return refusal;
  const token = draft.living(task.token);
  const again = rule.after === 'again';
  if (again && token.detour !== undefined) {
    return { code: 'not-allowed-here', message: `task "${task.node}" is done again for another step: complete it, it goes straight back` };
  }
  const descent = findDescent(draft, token, request.target);
  if (descent === undefined) {
    return { code: 'return-target-not-done', message: `"${request.target}" was not completed on the way to task "${task.node}"` };
  }
  const effects = again ? effectsSince(draft, descent) : [];
  if (rule.effects === 'refuse' && effects.length > 0) {
    const steps = [...new Set(effects.map(({ node }) => node))];
    return { code: 'return-has-effects', message: `${steps.join(', ')} would have to be undone`, details: { steps } };
  }
  const often = countReturn(draft, task, rule);
  if (often !== undefined) return often;
  draft.record(task.scope, task.node, {
    type: 'taskReturned',
    task: taskSnapshot(draft, { ...task, state: 'CANCELED' }),
    target: descent.done.node,
    reason: request.reason,
  });
  if (again) goBack(draft, descent, effects);
  else straightBack(draft, task, token, descent.done, rule);
  return undefined;
}

function checkTarget(task: UserTask, rule: ReturnRule | undefined, target: string): Refusal | undefined {
  if (rule === undefined) return { code: 'not-allowed-here', message: `task "${task.node}" may not be returned` };
  if (rule.to.includes(target)) return undefined;
  return {
    code: 'return-target-unknown',
    message: `task "${task.node}" may not be returned to "${target}"`,
    details: { allowed: rule.to },
  };
}

/** The last completion of a step from which a token descends, in its scope or in one around it. */
function findDescent(draft: Draft, token: Token, step: string): Descent | undefined {
  for (const scope of scopeChain(draft.state, draft.scope(token.scope))) {
    const here = standsFor(draft.state, token, scope.id);
    const found = Object.values(draft.state.done)
      .filter((done) => done.scope === scope.id && done.node === step && done.signature !== true && done.retracted !== true)
      .flatMap((done) => (here === undefined ? [] : (descentFrom(here, done) ?? [])));
    if (found.length > 0) return found.at(-1);
  }
  return undefined;
}

/** What was completed since then and can be undone, the oldest first. */
function effectsSince(draft: Draft, descent: Descent): Undoable[] {
  return Object.values(draft.state.undoables).filter(
    ({ scope, id, line }) => scope === descent.done.scope && isSince(descent, line, Number(id)),
  );
}

function countReturn(draft: Draft, task: UserTask, rule: ReturnRule): Refusal | undefined {
  const scope = processScope(draft.state, draft.scope(task.scope));
  const times = scope.returns?.[task.node] ?? 0;
  if (times >= rule.maximum) {
    return { code: 'returned-too-often', message: `task "${task.node}" has been returned ${times} times, the most that is allowed` };
  }
  draft.put('scopes', { ...scope, returns: { ...scope.returns, [task.node]: times + 1 } });
  return undefined;
}

function goBack(draft: Draft, descent: Descent, effects: Undoable[]): void {
  const token = redo(draft, descent);
  if (effects.length === 0) return;
  const queue = effects.map(({ id }) => id);
  undo(draft, token.id, queue, { kind: 'move', node: token.node });
}

function straightBack(draft: Draft, task: UserTask, token: Token, target: DoneTask, rule: ReturnRule): void {
  const { scope, node, line } = target;
  const { signing, signer } = task;
  const mine = rule.signing === 'mine' && signing !== undefined && signer !== undefined;
  startDetour(draft, token, { scope, node, line }, mine ? { id: signer, task: task.id, signing } : undefined);
}
