import type { ValueType } from '../feel/expression';

/** What may not stand in an expression that the database computes; the message is one line that goes on from the expression's text. */
export class NoSqlError extends Error {}

/**
 * The kinds of values that rows are computed with in SQL; `months` is a duration of years and months, `null` the literal, `other` a text that can be
 * shown and no more.
 */
export type SqlKind = 'number' | 'string' | 'boolean' | 'date' | 'dateTime' | 'duration' | 'months' | 'null' | 'other';

/**
 * An expression of SQL with the kind of its values: numbers are `numeric`, texts `text`, dates `date`, dates and times `timestamptz`, durations
 * `numeric` seconds. Null is FEEL's null.
 */
export interface SqlValue {
  sql: string;
  kind: SqlKind;
  /** Of a date and time: SQL of the date that its own clock shows, where it has one. */
  date?: string;
}

/** Takes a value that is bound, with the type that it is cast to, and gives what stands in the SQL for it. */
export type Bind = (value: string | readonly string[], cast: string) => string;

/** A statement with its bindings. */
export interface SqlStatement {
  sql: string;
  bindings: unknown[];
}

/** Values that a statement binds: those alone that stand in it in the end have a number. */
export class Bindings {
  readonly #values: (string | readonly string[])[] = [];

  readonly bind: Bind = (value, cast) => `@${this.#values.push(value) - 1}@::${cast}`;

  statement(marked: string): SqlStatement {
    const bindings: unknown[] = [];
    const numbers = new Map<string, number>();
    const sql = marked.replace(/@(\d+)@/gu, (_, mark: string) => {
      const known = numbers.get(mark) ?? bindings.push(this.#values[Number(mark)]);
      numbers.set(mark, known);
      return `$${known}`;
    });
    return { sql, bindings };
  }
}

/** A column of the rows of a register: null for what is not of its type, after the register has changed. */
export function registerColumn(name: string, type: ValueType, values = '"values"'): SqlValue {
  // names of columns are letters, digits and underscores, so they may stand in SQL
  const text = `(${values} ->> '${name}') collate "C"`;
  const json = `(${values} -> '${name}')`;
  switch (type.kind) {
    case 'number':
    case 'boolean': {
      const cast = type.kind === 'number' ? 'numeric' : 'boolean';
      return { sql: `(case when jsonb_typeof(${json}) = '${type.kind}' then ${json}::${cast} end)`, kind: type.kind };
    }
    case 'money':
      return { sql: `(case when ${text} ~ '^-?[0-9]{1,16}[.][0-9]{2}$' then (${text})::numeric end)`, kind: 'number' };
    case 'date':
      return { sql: dateOf(text), kind: 'date' };
    case 'dateTime':
      return {
        sql: `(case when pg_input_is_valid(${text}, 'timestamptz') then (${text})::timestamptz end)`,
        kind: 'dateTime',
        date: dateOf(`left(${text}, 10)`),
      };
    case 'string':
      return { sql: `(${text})`, kind: 'string' };
    default:
      return { sql: `(${text})`, kind: 'other' };
  }
}

function dateOf(text: string): string {
  return `(case when ${text} ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' and pg_input_is_valid(${text}, 'date') then (${text})::date end)`;
}
