import type { InstanceState, Token } from '../../engine/runtime/instance-state';
import type { ModelClosure } from '../../engine/runtime/process-model';

/** What must hold in every state between two events, whatever has happened; what does not is thrown. */
export function assertSoundState(closure: ModelClosure, state: InstanceState): void {
  const wrong: string[] = [];
  const check = (holds: boolean, what: string) => holds || wrong.push(what);
  for (const table of ['tasks', 'jobs', 'timers', 'subscriptions', 'incidents', 'signings'] as const) {
    for (const one of Object.values(state[table])) check(state.tokens[one.token] !== undefined, `${table} ${one.id} has no token`);
  }
  for (const task of Object.values(state.tasks)) {
    check(task.signing === undefined || state.signings[task.signing] !== undefined, `task ${task.id} of no signing`);
  }
  for (const timer of Object.values(state.timers)) {
    if (timer.purpose.kind === 'overdue') {
      const owner = timer.purpose.task;
      check(state.tasks[owner] !== undefined || state.signings[owner] !== undefined, `timer ${timer.id} of no task`);
    }
  }
  const tokens = Object.values(state.tokens);
  for (const token of tokens) {
    const where = `token ${token.id} at "${token.node}"`;
    check(token.status !== 'ready', `${where} is ready`);
    check(state.scopes[token.scope] !== undefined, `${where} has no scope`);
    check(token.detour === undefined || state.tokens[token.detour.token] !== undefined, `${where} is a detour for nobody`);
    check(token.undoes === undefined || state.tokens[token.undoes.token] !== undefined, `${where} undoes for nobody`);
    check(token.status !== 'incident' || Object.values(state.incidents).some((one) => one.token === token.id), `${where} has no incident`);
    check(token.status !== 'waiting' || isExpected(closure, state, token), `${where} waits for nothing`);
  }
  const holders = tokens.flatMap(({ holds }) => holds ?? []);
  check(new Set(holders).size === holders.length, `a critical section is held twice: ${holders.join(', ')}`);
  for (const scope of Object.values(state.scopes)) {
    check(scope.caller === undefined || state.tokens[scope.caller] !== undefined, `scope ${scope.id} at "${scope.node}" has no caller`);
  }
  if (state.status === 'active') {
    check(tokens.length > 0, 'an active case has no token');
    check(Object.values(state.scopes).filter(({ caller }) => caller === undefined).length === 1, 'an active case has one root');
  }
  if (wrong.length > 0) throw new Error(wrong.join('; '));
}

/** Whether there is something that a waiting token waits for. */
function isExpected(closure: ModelClosure, state: InstanceState, token: Token): boolean {
  const own = (one: { token: string }) => one.token === token.id;
  if ([state.tasks, state.jobs, state.timers, state.subscriptions, state.signings].some((table) => Object.values(table).some(own)))
    return true;
  if (Object.values(state.scopes).some(({ caller }) => caller === token.id)) return true;
  if (Object.values(state.tokens).some(({ detour, undoes }) => detour?.token === token.id || undoes?.token === token.id)) return true;
  const node = closure.models[state.scopes[token.scope]?.model ?? '']?.nodes[token.node];
  const asksCondition = node?.kind === 'intermediateCatchEvent' && node.trigger.kind === 'condition';
  return token.conditions !== undefined || token.listens === true || asksCondition;
}
