import type { SubstitutionRule } from '../engine/runtime/substitution';
import type { Transaction } from './database';

/** A rule by which one person does another's tasks for a time. */
export interface Substitution extends SubstitutionRule {
  id: string;
  createdBy: string;
}

interface Row {
  substitution_id: string;
  principal: string;
  substitute: string;
  valid_from: Date;
  valid_until: Date;
  process_ids: string[] | null;
  created_by: string;
}

const columns = 'substitution_id, principal, substitute, valid_from, valid_until, process_ids, created_by';

function substitutionOf(row: Row): Substitution {
  return {
    id: row.substitution_id,
    principal: row.principal,
    substitute: row.substitute,
    fromMs: row.valid_from.getTime(),
    untilMs: row.valid_until.getTime(),
    processIds: row.process_ids,
    createdBy: row.created_by,
  };
}

/** One writer at a time for a principal, so that two rules at once cannot overlap. */
export async function lockPrincipal(trx: Transaction, dealership: string, principal: string): Promise<void> {
  await trx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [JSON.stringify(['substitution', dealership, principal])]);
}

/** Adds a rule under its id; the same id again changes nothing. */
export async function putSubstitution(trx: Transaction, dealership: string, rule: Substitution): Promise<void> {
  await trx.query(
    `insert into substitution (substitution_id, dealership_id, principal, substitute, valid_from, valid_until, process_ids, created_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (substitution_id) do nothing`,
    [rule.id, dealership, rule.principal, rule.substitute, new Date(rule.fromMs), new Date(rule.untilMs), rule.processIds, rule.createdBy],
  );
}

/** Rules of a principal that are not over; at most 500. */
export async function listOfPrincipal(trx: Transaction, dealership: string, principal: string, nowMs: number): Promise<Substitution[]> {
  const rows = await trx.query<Row>(
    `select ${columns} from substitution
     where dealership_id = $1 and principal = $2 and valid_until > $3 and revoked_at is null order by valid_from, substitution_id limit 500`,
    [dealership, principal, new Date(nowMs)],
  );
  return rows.map(substitutionOf);
}

/** Rules by which a person acts for others at this moment; at most 50. */
export async function listInForce(trx: Transaction, dealership: string, substitute: string, nowMs: number): Promise<Substitution[]> {
  const rows = await trx.query<Row>(
    {
      name: 'substitution-in-force',
      text: `select ${columns} from substitution where dealership_id = $1 and substitute = $2 and valid_from <= $3 and valid_until > $3
        and revoked_at is null order by principal, substitution_id limit 50`,
    },
    [dealership, substitute, new Date(nowMs)],
  );
  return rows.map(substitutionOf);
}

/** Rules that are not over, in which a person takes part, or all; at most 500. */
export async function listSubstitutions(trx: Transaction, dealership: string, user: string | null, nowMs: number): Promise<Substitution[]> {
  const rows = await trx.query<Row>(
    `select ${columns} from substitution where dealership_id = $1 and valid_until > $3 and revoked_at is null
       and ($2::text is null or principal = $2 or substitute = $2) order by valid_from, substitution_id limit 500`,
    [dealership, user, new Date(nowMs)],
  );
  return rows.map(substitutionOf);
}

export async function findSubstitution(trx: Transaction, id: string): Promise<Substitution | undefined> {
  const [row] = await trx.query<Row>(`select ${columns} from substitution where substitution_id = $1 and revoked_at is null`, [id]);
  return row === undefined ? undefined : substitutionOf(row);
}

/** Ends a rule. It stays in the table: who could act for whom is a matter of record. */
export async function revokeSubstitution(trx: Transaction, id: string, by: string): Promise<void> {
  await trx.query('update substitution set revoked_at = now(), revoked_by = $2 where substitution_id = $1 and revoked_at is null', [
    id,
    by,
  ]);
}
