import type { Draft } from './draft';
import type { Refusal } from './events';
import { createToken } from './flow';
import type { DoneTask, Token } from './instance-state';
import { descendants, descendsFrom, retract } from './lines';
import type { UserTaskNode } from './process-model';
import { peopleOf, type Request } from './requests';
import { withdrawWork } from './withdraw';

/**
 * Takes back a completed task (撤回): who completed it gets it again, and what came after it is withdrawn. Only while nothing of that has begun: no
 * task claimed, drafted or signed, no connector called, no message sent, no branch joined with others.
 */
export function takeBackTask(draft: Draft, request: Request<'withdrawTask'>): Refusal | undefined {
  const done = Object.values(draft.state.done).find(({ key, retracted }) => key === request.taskKey && retracted !== true);
  const scope = done === undefined ? undefined : draft.state.scopes[done.scope];
  if (done === undefined || scope === undefined || !peopleOf(request.actor).includes(done.by)) {
    return {
      code: 'nothing-to-withdraw',
      message: `"${request.actor.user}" has completed no task "${request.taskKey}" that can be taken back`,
    };
  }
  const node = draft.model(scope).nodes[done.node] as UserTaskNode;
  if (node.withdraw === undefined || done.signature === true) {
    return { code: 'not-allowed-here', message: `task "${done.node}" may not be taken back` };
  }
  const after = descendants(draft, done);
  const begun = after.length === 0 ? done.node : whatHasBegun(draft, done, after, request.draftedTaskKeys);
  if (begun !== undefined) {
    return { code: 'next-has-begun', message: `"${begun}" has begun after task "${done.node}"`, details: { begun } };
  }
  retract(draft, done);
  for (const token of after) {
    if (draft.token(token.id) === undefined) continue;
    withdrawWork(draft, token.id);
    draft.remove('tokens', token.id);
  }
  draft.record(done.scope, done.node, { type: 'taskWithdrawn', taskKey: done.key });
  createToken(draft, done.scope, done.node, { line: done.line, giveTo: done.by });
  return undefined;
}

/** The step of what comes after a task that has begun already; undefined where none has. */
function whatHasBegun(draft: Draft, done: DoneTask, after: readonly Token[], drafted: readonly string[]): string | undefined {
  const scope = draft.scope(done.scope);
  if ((scope.called ?? 0) > done.number) return done.node;
  for (const other of Object.values(draft.state.done)) {
    if (other.number > done.number && other.scope === done.scope && descendsFrom(other.line, done)) return other.node;
  }
  for (const undoable of Object.values(draft.state.undoables)) {
    if (Number(undoable.id) > done.number && undoable.scope === done.scope && descendsFrom(undoable.line, done)) return undoable.node;
  }
  for (const token of after) {
    const begun = hasBegun(draft, token, done, drafted);
    if (begun !== undefined) return begun;
  }
  return undefined;
}

function hasBegun(draft: Draft, token: Token, done: DoneTask, drafted: readonly string[]): string | undefined {
  if ((token.called ?? 0) > done.number || draft.ofToken('jobs', token.id).length > 0) return token.node;
  const tasks = draft.ofToken('tasks', token.id);
  if (tasks.some((task) => task.assignee !== null || drafted.includes(task.key))) return token.node;
  if (draft.ofToken('signings', token.id).some(({ signers }) => signers.some(({ state }) => state === 'signed'))) return token.node;
  for (const scope of draft.scopesOf(token.id)) {
    if ((scope.called ?? 0) > done.number) return token.node;
    if (Object.values(draft.state.done).some((other) => other.scope === scope.id)) return token.node;
    for (const inner of draft.tokensOf(scope.id)) {
      const begun = hasBegun(draft, inner, done, drafted);
      if (begun !== undefined) return begun;
    }
  }
  return undefined;
}
