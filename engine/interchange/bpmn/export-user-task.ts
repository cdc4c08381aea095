import type { Json, JsonObject } from '../../json';
import type { Assignment, OverdueRule, ReturnRule, SigningRule, UserTaskNode } from '../../runtime/process-model';
import { expressionText, present, timerOf, titleText } from './export-document';

/** What stands under `userTask` in a document that compiles into the node. */
export function userTaskBody(node: UserTaskNode): JsonObject {
  const { outcomes } = node;
  return {
    assign: assignment(node.assign),
    ...present('form', node.form),
    ...(outcomes.length === 0 ? {} : { outcomes: outcomes.map(outcomeOf) }),
    ...(node.result === node.id.replaceAll(/[.-]/gu, '_') ? {} : { result: node.result }),
    ...(node.priority === 50 ? {} : { priority: node.priority }),
    ...present('due', node.due, timerOf),
    ...present('followUp', node.followUp, timerOf),
    ...(node.overdue.length === 0 ? {} : { overdue: node.overdue.map(overdue) }),
    ...present('signing', node.signing, (rule) => signing(rule, outcomes)),
    ...(node.return === undefined ? {} : returning(node.return)),
    ...present('mayAddSigners', node.mayAddSigners),
    ...present('withdraw', node.withdraw),
    ...present('copy', node.copy, people),
    ...present('urgeEvery', node.urgeEvery),
    ...present('mayDelegate', node.mayDelegate),
    ...present('mayTransfer', node.mayTransfer),
  };
}

function assignment(assign: Assignment): JsonObject {
  const { exclude, notSameAs, sameAs, familiar, distribute, ifNobody } = assign;
  return {
    ...people(assign),
    ...(exclude.length === 0 ? {} : { exclude: exclude.map(expressionText) }),
    ...present('notSameAs', notSameAs),
    ...present('sameAs', sameAs),
    ...present('familiar', familiar),
    ...present('distribute', distribute),
    ...present('ifNobody', ifNobody, (rule) => {
      if (rule.kind === 'assign') return people(rule);
      return rule.kind === 'incident' ? 'incident' : rule.outcome === null ? 'complete' : { decide: rule.outcome };
    }),
  };
}

function people({ roles, users }: Pick<Assignment, 'roles' | 'users'>): JsonObject {
  return { ...(roles.length === 0 ? {} : { roles }), ...(users.length === 0 ? {} : { users: users.map(expressionText) }) };
}

function outcomeOf({ id, title }: UserTaskNode['outcomes'][number]): Json {
  return title.zh === id && title.en === id ? id : { id, title: titleText(title) };
}

function overdue({ id, after, every, times, action }: OverdueRule): JsonObject {
  const decide = action.kind === 'decide' ? (action.outcome === null ? 'complete' : { decide: action.outcome }) : undefined;
  return {
    id,
    after,
    ...present('every', every),
    ...(times === 1 ? {} : { times }),
    do: decide ?? (action.kind === 'escalate' ? { escalate: { roles: action.roles } } : 'urge'),
  };
}

function signing(rule: SigningRule, outcomes: UserTaskNode['outcomes']): JsonObject {
  const { mode, share, of, weights, veto, early, tie, samePerson } = rule;
  return {
    mode,
    ...present('share', share, Number),
    ...present('of', of),
    ...present('weights', weights),
    ...present('veto', veto),
    ...(early ? {} : { early }),
    ...(tie === 'agree' ? present('tie', outcomes[0]?.id) : {}),
    ...(samePerson === 'once' ? { samePerson } : {}),
  };
}

function returning({ to, after, effects, maximum, signing: signers }: ReturnRule): JsonObject {
  return {
    mayReturnTo: to,
    ...(after === 'again' ? {} : { afterReturn: after }),
    ...(effects === 'refuse' ? {} : { returnEffects: effects }),
    ...(maximum === 10 ? {} : { maxReturns: maximum }),
    ...(signers === 'all' ? {} : { returnInSigning: signers }),
  };
}
