import type { Draft } from './draft';
import type { Refusal } from './events';
import type { Signer, Signing, UserTask } from './instance-state';
import { LIMITS } from './limits';
import { checkActor, checkAssignee, findTask, type Request, taskNotFound } from './requests';
import { openSigners, proceed, setSigner, signingOf } from './signing';
import { taskNode } from './user-task';
import { withdrawTask } from './withdraw';

/**
 * Adds a signer (加签) before, beside or after the one whose task is named. Before: that one's task is withdrawn and opens again when the new
 * signer has signed. A task that nobody else signs becomes a signing of which everybody has to agree.
 */
export function addSigner(draft: Draft, request: Request<'addSigner'>): Refusal | undefined {
  const task = findTask(draft, request.taskKey);
  if (task === undefined) return taskNotFound(request.taskKey);
  const { place, user, actor } = request;
  const refusal = checkActor(task, actor) ?? checkAssignee(task, actor) ?? checkAddition(draft, task, place, user);
  if (refusal !== undefined) return refusal;
  const signing = signingFor(draft, task);
  const own = ownSigner(signing, task);
  const added: Signer = {
    id: draft.newId(),
    user,
    role: null,
    weight: 1,
    state: 'waiting',
    after: place === 'after' ? [own.id] : own.after,
    original: false,
    addedBy: actor.user,
  };
  draft.put('signings', { ...signing, signers: placed(signing.signers, own, added, place) });
  draft.record(task.scope, task.node, { type: 'signerAdded', taskKey: task.key, user, place });
  if (place === 'before') withdrawTask(draft, task.id);
  openSigners(draft, signing.id);
  return undefined;
}

function checkAddition(draft: Draft, task: UserTask, place: Request<'addSigner'>['place'], user: string): Refusal | undefined {
  const { mayAddSigners = [] } = taskNode(draft, task);
  if (!mayAddSigners.includes(place)) {
    const message = `signers may not be added ${place} at task "${task.node}"`;
    return { code: 'not-allowed-here', message, details: { allowed: mayAddSigners } };
  }
  if (task.excludedUsers.includes(user)) {
    return { code: 'excluded-by-four-eyes', message: `"${user}" may not sign task "${task.node}" of this case (four eyes)` };
  }
  const signers = task.signing === undefined ? [] : signingOf(draft, task.signing).signers;
  const known =
    signers.some((one) => one.user === user && one.state !== 'removed') || (task.signing === undefined && task.assignee === user);
  if (known) return { code: 'signer-known-already', message: `"${user}" is a signer of task "${task.node}" already` };
  if (signers.length >= LIMITS.signers) {
    return { code: 'not-allowed-here', message: `task "${task.node}" has ${LIMITS.signers} signers, the most that are allowed` };
  }
  return undefined;
}

/** The signing of a task; a task that one person does becomes one. */
function signingFor(draft: Draft, task: UserTask): Signing {
  if (task.signing !== undefined) return signingOf(draft, task.signing);
  const id = draft.newId();
  const signer: Signer = {
    id: draft.newId(),
    user: null,
    role: null,
    groups: task.candidateGroups,
    users: task.assignee === null ? task.candidateUsers : [...new Set([...task.candidateUsers, task.assignee])],
    weight: 1,
    state: 'open',
    after: [],
    original: true,
  };
  const { token, scope, node, dueAtMs, excludedUsers: excluded } = task;
  const signing: Signing = { id, token, scope, node, dueAtMs, excluded, signers: [signer] };
  draft.put('signings', signing);
  draft.put('tasks', { ...task, signing: id, signer: signer.id });
  return signing;
}

function ownSigner(signing: Signing, task: UserTask): Signer {
  const own = signing.signers.find(({ id, state }) => (task.signer === undefined ? state === 'open' : id === task.signer));
  if (own === undefined) throw new Error(`invariant: task "${task.id}" has no signer`);
  return own;
}

/** The signers with a new one: who came after the old one comes after the new one as well. */
function placed(signers: readonly Signer[], own: Signer, added: Signer, place: Request<'addSigner'>['place']): Signer[] {
  const changed = signers.map((one): Signer => {
    if (one.id === own.id) return place === 'before' ? { ...one, state: 'waiting', after: [...one.after, added.id] } : one;
    if (place === 'before' || !one.after.includes(own.id)) return one;
    return { ...one, after: place === 'after' ? one.after.map((id) => (id === own.id ? added.id : id)) : [...one.after, added.id] };
  });
  const at = changed.findIndex(({ id }) => id === own.id);
  changed.splice(place === 'before' ? at : at + 1, 0, added);
  return changed;
}

/** Takes out a signer (减签) whom people have added and who has not signed. Those of the definition stay. */
export function removeSigner(draft: Draft, request: Request<'removeSigner'>): Refusal | undefined {
  const task = findTask(draft, request.taskKey);
  if (task === undefined) return taskNotFound(request.taskKey);
  const refusal = checkActor(task, request.actor) ?? checkAssignee(task, request.actor);
  if (refusal !== undefined) return refusal;
  const signing = task.signing === undefined ? undefined : signingOf(draft, task.signing);
  const signer = signing?.signers.find(({ user, state }) => user === request.user && (state === 'open' || state === 'waiting'));
  if (signing === undefined || signer === undefined) {
    return { code: 'signer-unknown', message: `"${request.user}" is no signer of task "${task.node}" who has not signed` };
  }
  if (signer.original) return { code: 'not-allowed-here', message: `"${request.user}" signs task "${task.node}" by its definition` };
  const left = signing.signers.filter(({ id, state }) => id !== signer.id && state !== 'removed');
  if (left.length === 0) return { code: 'last-signer', message: `"${request.user}" is the last signer of task "${task.node}"` };
  setSigner(draft, signing.id, signer.id, { state: 'removed' });
  const own = Object.values(draft.state.tasks).find((one) => one.signing === signing.id && one.signer === signer.id);
  if (own !== undefined) withdrawTask(draft, own.id);
  draft.record(task.scope, task.node, { type: 'signerRemoved', taskKey: task.key, user: request.user, place: null });
  proceed(draft, signing.id);
  return undefined;
}
