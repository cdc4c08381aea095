import type { RegisterChangeEntry } from '../../db/register-history';
import type { RegisterRow } from '../../db/register-row';
import type { Json, JsonObject } from '../../engine/json';
import type { Locale } from '../../engine/language/form-data';
import { textIn } from '../request';
import { schemaIn } from '../views';
import { changedColumns } from './register-problem';
import { type OwnRegister, seenValues } from './register-rights';

/** A register as a list shows it. */
export function registerView(own: OwnRegister, locale: Locale): JsonObject {
  const { id, hash, title, key } = own.register;
  return { registerId: id, hash, title: textIn(title, locale, id), key, readable: own.reads, writable: own.writes };
}

/** A register with the columns that the caller sees or may set. */
export function registerDetailView(own: OwnRegister, locale: Locale): JsonObject {
  const { seen, writable, register } = own;
  const names = (set: string[]): boolean => set.every((name) => seen.columns.some((column) => column.name === name));
  const shown = register.columns.filter((column) => seen.columns.includes(column) || writable.includes(column));
  return {
    ...registerView(own, locale),
    columns: [
      ...shown.map(
        (column): Json => ({
          name: column.name,
          title: textIn(column.title, locale, column.name),
          schema: schemaIn(column.schema, locale),
          required: column.required,
          readable: seen.columns.includes(column),
          writable: writable.includes(column),
          personal: column.personal === true,
          computed: false,
          references: column.references ?? null,
        }),
      ),
      ...seen.computed.map(
        (column): Json => ({
          name: column.name,
          title: textIn(column.title, locale, column.name),
          schema: {},
          required: false,
          readable: true,
          writable: false,
          personal: false,
          computed: true,
          references: null,
        }),
      ),
    ],
    unique: register.unique.filter(names),
  };
}

/** A row, of which `values` are read: with the computed ones. */
export function rowView(own: OwnRegister, row: RegisterRow, values: JsonObject): JsonObject {
  return {
    key: row.key,
    version: row.version,
    values: seenValues(own, values),
    creationDate: row.createdAt.toISOString(),
    createdBy: row.createdBy,
    changeDate: row.changedAt.toISOString(),
    changedBy: row.changedBy,
    processInstanceKey: row.instanceKey,
    elementId: row.elementId,
  };
}

/** One entry of a row's history. */
export function changeView(own: OwnRegister, entry: RegisterChangeEntry): JsonObject {
  const { before, after } = entry;
  return {
    version: entry.version,
    kind: entry.kind,
    changeDate: entry.at.toISOString(),
    changedBy: entry.by,
    columns: changedColumns(own, before ?? {}, after ?? {}),
    before: before === null ? null : seenValues(own, before),
    after: after === null ? null : seenValues(own, after),
    processInstanceKey: entry.instanceKey,
    elementId: entry.elementId,
  };
}
