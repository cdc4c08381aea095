import { allVariablesIn } from './all-variables';
import { type Draft, Stop } from './draft';
import { checkValue, inputOf } from './expressions';
import { completeActivity, createToken } from './flow';
import type { Token } from './instance-state';
import type { CallActivityNode } from './process-model';
import { boundModel, startProcess } from './scopes';
import { checkDepth, listen } from './sub-process';

/** Runs another process inside the case, or (detached) has the host start a case of its own and goes on. */
export function callProcess(draft: Draft, token: Token, node: CallActivityNode): void {
  checkDepth(draft, token);
  const hash = boundModel(draft.closure, node.process, node.binding);
  const model = draft.closure.models[hash];
  if (model?.start === undefined) throw new Stop('engine-error', `process "${node.process}" has no start without a trigger`);
  const all = allVariablesIn(draft, token.scope, node, model);
  const input = { ...all, ...inputOf(draft, token.scope, node.input, model.variables) };
  for (const [name, value] of Object.entries(input)) checkValue(draft, name, value, model.variables[name]);
  if (node.detached === true) return startDetached(draft, token, node, hash, input);
  draft.change(token.id, { status: 'waiting' });
  const id = draft.newId();
  const scope = startProcess(draft, {
    id,
    instanceKey: draft.publicKey(id),
    hash,
    businessKey: draft.scope(token.scope).businessKey,
    caller: token.id,
    variables: input,
  });
  listen(draft, scope);
  createToken(draft, scope.id, model.start);
}

function startDetached(draft: Draft, token: Token, node: CallActivityNode, hash: string, variables: ReturnType<typeof inputOf>): void {
  const id = draft.newId();
  const instanceKey = draft.publicKey(id);
  draft.commands.push({ type: 'startDetached', instanceKey, process: node.process, hash, variables });
  draft.record(token.scope, node.id, { type: 'detachedStarted', key: instanceKey, process: node.process });
  draft.change(token.id, { called: Number(id) });
  completeActivity(draft, draft.living(token.id));
}
