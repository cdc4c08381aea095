import { type Caller, findRoles, findRolesOf } from '../db/account-repository';
import type { Transaction } from '../db/database';
import type { Participant } from '../db/instance-repository';
import { listInForce } from '../db/substitution-repository';
import type { TaskPerson } from '../db/task-repository';
import { substitutesFor } from '../engine/runtime/substitution';
import { isAdmin } from './access';
import { ApiError } from './problem';

/** Who does something with a task: the caller, or the caller for somebody else. It is the engine's actor. */
export interface ActingPerson {
  user: string;
  roles: string[];
  for?: { user: string; roles: string[] };
  administers?: true;
}

/**
 * The caller as the engine's actor. For another person only while a substitution is in force for the process; with `checked`, which a
 * repetition has behind it, that is not asked again.
 */
export async function actingPerson(
  trx: Transaction,
  caller: Caller,
  principal: string | undefined,
  processId: string,
  now: { atMs: number; checked: boolean },
): Promise<ActingPerson> {
  const { user, roles, dealership } = caller;
  if (principal === undefined || principal === user) return isAdmin(caller) ? { user, roles, administers: true } : { user, roles };
  if (!now.checked) {
    const rules = await listInForce(trx, dealership, user, now.atMs);
    if (!substitutesFor(rules, principal, processId, now.atMs).includes(user)) {
      throw new ApiError('not-a-substitute', { params: { principal } });
    }
  }
  return { user, roles, for: { user: principal, roles: (await findRoles(trx, dealership, principal)) ?? [] } };
}

/** The caller as somebody who takes part in cases: alone, and for those whom they represent now. */
export async function participantOf(trx: Transaction, caller: Caller, atMs: number): Promise<Participant> {
  return { user: caller.user, roles: caller.roles, principals: await principalsOf(trx, caller, atMs) };
}

/** The people for whom the caller acts now, as a list of work asks for their tasks. */
export async function principalsOf(trx: Transaction, caller: Caller, atMs: number): Promise<TaskPerson[]> {
  const rules = await listInForce(trx, caller.dealership, caller.user, atMs);
  if (rules.length === 0) return [];
  const roles = await findRolesOf(trx, caller.dealership, [...new Set(rules.map(({ principal }) => principal))]);
  return rules.map(({ principal, processIds }) => ({
    user: principal,
    roles: roles.get(principal) ?? [],
    butNot: caller.user,
    processIds,
  }));
}
