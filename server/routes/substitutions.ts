import { Router } from 'express';
import type { Caller } from '../../db/account-repository';
import type { Transaction } from '../../db/database';
import { findDefinition } from '../../db/definition-repository';
import {
  findSubstitution,
  listOfPrincipal,
  listSubstitutions,
  lockPrincipal,
  putSubstitution,
  revokeSubstitution,
  type Substitution,
} from '../../db/substitution-repository';
import { overlaps } from '../../engine/runtime/substitution';
import { isAdmin } from '../access';
import { runPlainCommand } from '../command-flow';
import type { Parts } from '../parts';
import { ApiError } from '../problem';
import { callerOf } from '../request';
import { rolesOf } from '../task-commands';
import { substitutionView } from '../views';

interface SubstitutionBody {
  principal?: string;
  substitute: string;
  from: string;
  until: string;
  processDefinitionIds?: string[] | null;
}

/** Who acts for whom: people say it for themselves, administrators for everybody. */
export function substitutionRoutes(parts: Parts): Router {
  const { db, clock } = parts;
  const router = Router();

  router.get('/', async (_req, res) => {
    const caller = callerOf(res);
    const whose = isAdmin(caller) ? null : caller.user;
    const rules = await db.tenant(caller.dealership, (trx) => listSubstitutions(trx, caller.dealership, whose, clock()));
    res.json({ items: rules.map(substitutionView) });
  });

  router.post('/', async (req, res) => {
    const caller = callerOf(res);
    const rule = ruleOf(caller, req.body as SubstitutionBody);
    const addressOf = (id: string) => ({ workflowId: '', instanceKey: id });
    await runPlainCommand(parts, req, res, 'row', addressOf, async ({ address }) => {
      const stored = { ...rule, id: address.instanceKey };
      await db.tenant(caller.dealership, (trx) => add(trx, caller, stored, clock()));
      return { status: 201, body: substitutionView(stored) };
    });
  });

  router.delete('/:substitutionId', async (req, res) => {
    const caller = callerOf(res);
    await db.tenant(caller.dealership, async (trx) => {
      const rule = await findSubstitution(trx, req.params.substitutionId);
      if (rule === undefined) throw new ApiError('not-found');
      if (rule.principal !== caller.user && !isAdmin(caller)) throw new ApiError('forbidden');
      await revokeSubstitution(trx, rule.id, caller.user);
    });
    res.status(204).end();
  });

  return router;
}

function ruleOf(caller: Caller, body: SubstitutionBody): Omit<Substitution, 'id'> {
  const principal = body.principal ?? caller.user;
  if (principal !== caller.user && !isAdmin(caller)) throw new ApiError('forbidden');
  const [fromMs, untilMs] = [new Date(body.from).getTime(), new Date(body.until).getTime()];
  if (fromMs >= untilMs) throw new ApiError('substitution-invalid', { params: { reason: '"until" must be after "from"' } });
  if (principal === body.substitute) {
    throw new ApiError('substitution-invalid', { params: { reason: `"${principal}" cannot be their own substitute` } });
  }
  const { substitute, processDefinitionIds: processIds = null } = body;
  return { principal, substitute, fromMs, untilMs, processIds, createdBy: caller.user };
}

async function add(trx: Transaction, caller: Caller, rule: Substitution, nowMs: number): Promise<void> {
  for (const user of [rule.principal, rule.substitute]) await rolesOf(trx, caller, user);
  for (const id of rule.processIds ?? []) {
    if ((await findDefinition(trx, caller.dealership, id)) !== undefined) continue;
    throw new ApiError('substitution-invalid', { params: { reason: `there is no process "${id}": name one that is published here` } });
  }
  await lockPrincipal(trx, caller.dealership, rule.principal);
  const others = await listOfPrincipal(trx, caller.dealership, rule.principal, nowMs);
  const other = others.find((candidate) => candidate.id !== rule.id && overlaps(candidate, rule));
  if (other !== undefined) {
    const { principal, substitute, id } = other;
    throw new ApiError('substitution-overlaps', { params: { principal, substitute }, details: { substitutionId: id, substitute } });
  }
  await putSubstitution(trx, caller.dealership, rule);
}
