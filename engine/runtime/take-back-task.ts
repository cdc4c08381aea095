import type { Draft } from './draft';
import type { Refusal } from './events';
import type { DoneTask, Token } from './instance-state';
import { type Descent, descendants, descentFrom, isSince, redo } from './lines';
import type { UserTaskNode } from './process-model';
import { peopleOf, type Request } from './requests';

/**
 * Takes back a completed task (撤回): who completed it gets it again, and what came after it is withdrawn. Only while nothing of that has begun: no
 * task claimed, drafted or signed, no connector called, no message sent. Where its branch has been joined with others, those wait at the join again.
 */
export function takeBackTask(draft: Draft, request: Request<'withdrawTask'>): Refusal | undefined {
  const done = Object.values(draft.state.done).find(({ key, retracted }) => key === request.taskKey && retracted !== true);
  const scope = done === undefined ? undefined : draft.state.scopes[done.scope];
  if (done === undefined || scope === undefined || !peopleOf(request.actor).some((user) => user === done.by || user === done.for)) {
    return {
      code: 'nothing-to-withdraw',
      message: `"${request.actor.user}" has completed no task "${request.taskKey}" that can be taken back`,
    };
  }
  const node = draft.model(scope).nodes[done.node] as UserTaskNode;
  if (node.withdraw === undefined || done.signature === true) {
    return { code: 'not-allowed-here', message: `task "${done.node}" may not be taken back` };
  }
  const descent = descentOf(draft, done);
  const begun = descent === undefined ? undefined : whatHasBegun(draft, descent, request.draftedTaskKeys);
  if (descent === undefined) {
    return { code: 'next-has-begun', message: `the way on from task "${done.node}" has come to an end`, details: { begun: done.node } };
  }
  if (begun !== undefined) {
    return { code: 'next-has-begun', message: `"${begun}" has begun after task "${done.node}"`, details: { begun } };
  }
  draft.record(done.scope, done.node, { type: 'taskWithdrawn', taskKey: done.key });
  redo(draft, descent, { giveTo: done.for ?? done.by });
  return undefined;
}

/** How what is there now descends from a completed task. */
function descentOf(draft: Draft, done: DoneTask): Descent | undefined {
  for (const token of draft.tokensOf(done.scope)) {
    const descent = token.listens === true ? undefined : descentFrom(token, done);
    if (descent !== undefined) return descent;
  }
  return undefined;
}

/** The step of what comes after a task that has begun already; undefined where none has. */
function whatHasBegun(draft: Draft, descent: Descent, drafted: readonly string[]): string | undefined {
  const { done, crossings } = descent;
  const scope = draft.scope(done.scope);
  if ((scope.called ?? 0) > done.number) return done.node;
  const onTheWay = crossings.some(({ part }, index) => (part.called ?? 0) > (crossings[index + 1]?.merge.number ?? done.number));
  if (onTheWay) return done.node;
  for (const other of Object.values(draft.state.done)) {
    if (other.id !== done.id && other.scope === done.scope && isSince(descent, other.line, other.number)) return other.node;
  }
  for (const undoable of Object.values(draft.state.undoables)) {
    if (undoable.scope === done.scope && isSince(descent, undoable.line, Number(undoable.id))) return undoable.node;
  }
  const since = { number: crossings[0]?.merge.number ?? done.number };
  for (const token of descendants(draft, descent)) {
    const begun = hasBegun(draft, token, since, drafted);
    if (begun !== undefined) return begun;
  }
  return undefined;
}

function hasBegun(draft: Draft, token: Token, done: { number: number }, drafted: readonly string[]): string | undefined {
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
