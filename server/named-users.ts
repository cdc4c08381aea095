import { type Caller, listUsers } from '../db/account-repository';
import type { Transaction } from '../db/database';
import type { JsonObject } from '../engine/json';
import type { Locale } from '../engine/language/form-data';
import { unknownUsers, usersNamedIn } from '../engine/language/named-users';
import type { VariableDeclaration } from '../engine/runtime/process-model';
import { formInvalid } from './problem';

/** Refuses data that name, under `format: user` of a form or of the variables that take them, somebody who has no account at the caller's dealership. */
export async function assertKnownUsers(
  trx: Transaction,
  { dealership }: Caller,
  locale: Locale,
  data: JsonObject,
  schemas: readonly (object | undefined)[],
): Promise<void> {
  const named = new Map(schemas.flatMap((schema) => usersNamedIn(schema, data)).map((one) => [one.pointer, one]));
  if (named.size === 0) return;
  const errors = unknownUsers([...named.values()], new Set(await listUsers(trx, dealership)), locale);
  if (errors.length > 0) throw formInvalid(errors);
}

/** The schema of variables that are set by their names. */
export function schemaOfVariables(declared: Record<string, VariableDeclaration>): object {
  return {
    properties: Object.fromEntries(Object.entries(declared).flatMap(([name, { constraint }]) => (constraint ? [[name, constraint]] : []))),
  };
}
