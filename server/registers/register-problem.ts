import type { Transaction } from '../../db/database';
import { listChanges } from '../../db/register-history';
import { RegisterConflict, type RegisterConflictCode } from '../../db/register-row';
import type { JsonObject } from '../../engine/json';
import { ApiError, type ProblemCode } from '../problem';
import { type OwnRegister, seenValues } from './register-rights';

const codes: Record<RegisterConflictCode, ProblemCode> = {
  'register.conflict': 'row-conflict',
  'register.not-found': 'not-found',
  'register.version-conflict': 'row-changed',
  'register.invalid': 'row-invalid',
  'register.reference-missing': 'row-reference-missing',
};

/** The problem document of a change that was not made. */
export function problemOfConflict(conflict: RegisterConflict): ApiError {
  const { details, code, message } = conflict;
  const { problems, columns, version, changedBy, changedAt } = details;
  const facts: JsonObject = {
    ...(columns === undefined ? {} : { columns }),
    ...(version === undefined ? {} : { version }),
    ...(changedBy === undefined ? {} : { changedBy }),
    ...(changedAt === undefined ? {} : { changeDate: changedAt }),
  };
  const errors = problems?.map((one) => ({ pointer: `/values${one.pointer}`, code: one.code, detail: one.message }));
  const params = { reason: message };
  return new ApiError(codes[code], { params, details: facts, ...(errors === undefined ? {} : { errors }) });
}

/** As `problemOfConflict`; to one who has overlooked a change it says also which columns have changed since, as far as the caller sees them. */
export async function explain(
  trx: Transaction,
  dealership: string,
  own: OwnRegister,
  conflict: RegisterConflict,
  expectedVersion: number | undefined,
): Promise<ApiError> {
  const problem = problemOfConflict(conflict);
  const { key } = conflict.details;
  if (conflict.code !== 'register.version-conflict' || key === undefined || expectedVersion === undefined) return problem;
  const changes = await listChanges(trx, dealership, own.register, key, { limit: 100 });
  const since = changes.filter(({ version }) => version > expectedVersion);
  const columns = new Set(since.flatMap(({ before, after }) => changedColumns(own, before ?? {}, after ?? {})));
  return new ApiError(problem.code, { ...problem.extras, details: { ...problem.extras.details, columns: [...columns] } });
}

/** Columns that differ between two states of a row, as far as the caller sees them. */
export function changedColumns(own: OwnRegister, before: JsonObject, after: JsonObject): string[] {
  const [had, has] = [seenValues(own, before), seenValues(own, after)];
  return [...new Set([...Object.keys(had), ...Object.keys(has)])].filter((name) => had[name] !== has[name]);
}

/** The problem of a search that asks for what there is not. */
export function problemOfSearch(conflict: RegisterConflict): ApiError {
  const { columns } = conflict.details;
  return new ApiError('search-invalid', {
    params: { reason: conflict.message },
    ...(columns === undefined ? {} : { details: { columns } }),
  });
}

/** Runs `work`, and throws its conflicts as problem documents. */
export async function explaining<T>(work: () => Promise<T>, problem: (conflict: RegisterConflict) => ApiError): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RegisterConflict ? problem(error) : error;
  }
}
