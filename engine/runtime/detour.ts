import type { Draft } from './draft';
import { createBeside } from './flow';
import type { Token } from './instance-state';
import { openSigners, setSigner } from './signing';
import { withdrawTask, withdrawTasks } from './withdraw';

/**
 * Has one task done again while the token that sent the case back waits with everything else that it has. Others go on.
 *
 * @param signer only this signer waits; absent: all tasks of the token are withdrawn
 */
export function startDetour(
  draft: Draft,
  token: Token,
  target: { scope: string; node: string; line: string[] },
  signer?: { id: string; task: string; signing: string },
): void {
  if (signer === undefined) withdrawTasks(draft, token.id);
  else {
    withdrawTask(draft, signer.task);
    setSigner(draft, signer.signing, signer.id, { state: 'waiting', detoured: true });
  }
  createBeside(draft, target.scope, target.node, target, {
    detour: { token: token.id, ...(signer === undefined ? {} : { signer: signer.id }) },
  });
}

/** The task was done again: whoever sent the case back goes on. */
export function detourDone(draft: Draft, token: Token): void {
  const { detour } = token;
  draft.remove('tokens', token.id);
  const waiting = detour === undefined ? undefined : draft.token(detour.token);
  if (detour === undefined || waiting === undefined) return;
  if (detour.signer === undefined) return draft.schedule(waiting);
  const [signing] = draft.ofToken('signings', waiting.id);
  if (signing === undefined) return;
  const signers = signing.signers.map((one) => {
    if (one.id !== detour.signer) return one;
    const { detoured: _detoured, ...rest } = one;
    return rest;
  });
  draft.put('signings', { ...signing, signers });
  openSigners(draft, signing.id);
}
