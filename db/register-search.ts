import type { ValueType } from '../engine/feel/expression';
import type { Json } from '../engine/json';
import type { CompiledRegister } from '../engine/register/register';
import { indexSets, indexStart } from '../engine/register/row';
import { toSql } from '../engine/report/feel-to-sql';
import { Bindings, NoSqlError, registerColumn, type SqlKind } from '../engine/report/sql';
import { instantMs } from '../engine/runtime/durations';
import type { Transaction } from './database';
import { RegisterConflict, type RegisterRow, ROW_COLUMNS, type RowRecord, rowOf } from './register-row';

/** What a search may ask for at most. */
const SEARCH_LIMITS = { filters: 50, sorts: 5, choices: 500, sums: 20, rows: 1_000 } as const;

/** One condition on a column; all of a search must hold. A row without a value meets `ne` and `isNull: true` alone. */
export interface RowFilter {
  column: string;
  op: 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte' | 'in' | 'contains' | 'isNull';
  /** Of the column's type; for `in` a list of them, for `contains` a text, for `isNull` true or false. */
  value: Json;
}

/** A search in a register. */
export interface RowQuery {
  filters?: RowFilter[];
  /** Rows without a value come last, whichever way it goes. The key is the last of every sort. */
  sort?: { column: string; order: 'asc' | 'desc' }[];
  page: { limit: number; after?: (string | null)[] };
  /** Columns of numbers or money to be summed up, over all rows that are found. */
  sums?: string[];
  /** Whether to count all rows that are found. */
  count?: boolean;
  /** What `today()` and `now()` of computed columns are; this moment by default. */
  nowMs?: number;
}

/** What a search found. */
export interface FoundRows {
  rows: RegisterRow[];
  /** Where the next page begins; absent: there is none. */
  after?: (string | null)[];
  count?: number;
  /** By column; exact decimals as text. */
  sums?: Record<string, string>;
}

/** A column in SQL: an expression that gives null for what is not of its type, and the type that values are cast to. */
interface Operand {
  sql: string;
  cast: string;
  type: ValueType;
  ordered: boolean;
}

/**
 * Searches the rows of a register as they are now.
 *
 * @throws RegisterConflict `register.invalid` where the query names what there is not, or asks more than its limits
 */
export async function searchRows(trx: Transaction, dealership: string, register: CompiledRegister, query: RowQuery): Promise<FoundRows> {
  const search = new RowSearch(dealership, register, query, await timezoneOf(trx, dealership));
  const found = await search.page(trx);
  return { ...found, ...(await search.totals(trx)) };
}

async function timezoneOf(trx: Transaction, dealership: string): Promise<string> {
  const [row] = await trx.query<{ timezone: string }>('select timezone from dealership where dealership_id = $1', [dealership]);
  return row?.timezone ?? 'Asia/Shanghai';
}

class RowSearch {
  readonly #bindings = new Bindings();
  readonly #operands = new Map<string, Operand>();
  private readonly where: string;

  constructor(
    dealership: string,
    private readonly register: CompiledRegister,
    private readonly query: RowQuery,
    private readonly timezone: string,
  ) {
    const { filters = [], sort = [], sums = [], page } = query;
    this.limit('filters', filters.length, SEARCH_LIMITS.filters);
    this.limit('columns to sort by', sort.length, SEARCH_LIMITS.sorts);
    this.limit('sums', sums.length, SEARCH_LIMITS.sums);
    this.limit('rows', page.limit, SEARCH_LIMITS.rows);
    const conditions = filters.map((filter) => this.condition(filter));
    const rows = [`dealership_id = ${this.#bind(dealership, 'text')}`, `register_id = ${this.#bind(register.id, 'text')}`, 'not deleted'];
    this.where = [...rows, ...conditions, ...this.narrowing(filters, dealership)].join(' and ');
  }

  async page(trx: Transaction): Promise<Pick<FoundRows, 'rows' | 'after'>> {
    const { sort = [], page } = this.query;
    const keys = [
      ...sort.map(({ column, order }) => ({ ...this.sortable(column), order })),
      { sql: 'key', cast: 'text', order: 'asc' as const },
    ];
    const behind = page.after === undefined ? '' : ` and (${this.behind(keys, page.after)})`;
    const order = keys.map(({ sql, order: way }) => `${sql} ${way} nulls last`).join(', ');
    const marks = keys.map(({ sql }, index) => `(${sql})::text as mark_${index}`).join(', ');
    const { sql, bindings } = this.#bindings.statement(
      `select ${ROW_COLUMNS}, ${marks} from register_row where ${this.where}${behind} order by ${order} limit ${page.limit + 1}`,
    );
    const rows = await trx.query<RowRecord & Record<`mark_${number}`, string | null>>(sql, bindings);
    const shown = rows.slice(0, page.limit);
    const last = shown.at(-1);
    const after = rows.length > page.limit && last !== undefined ? { after: keys.map((_, index) => last[`mark_${index}`] ?? null) } : {};
    return { rows: shown.map(rowOf), ...after };
  }

  async totals(trx: Transaction): Promise<Pick<FoundRows, 'count' | 'sums'>> {
    const { count = false, sums = [] } = this.query;
    if (!count && sums.length === 0) return {};
    const operands = sums.map((name) => {
      const operand = this.operand(name);
      if (operand.cast !== 'numeric') throw this.invalid(name, `column "${name}" has no numbers; sum up columns of numbers or money`);
      return operand.sql;
    });
    const columns = ['count(*) as count', ...operands.map((sql, index) => `coalesce(sum(${sql}), 0)::text as sum_${index}`)];
    const { sql, bindings } = this.#bindings.statement(`select ${columns.join(', ')} from register_row where ${this.where}`);
    const [row] = await trx.query<Record<string, string>>(sql, bindings);
    return {
      ...(count ? { count: Number(row?.['count']) } : {}),
      ...(sums.length > 0 ? { sums: Object.fromEntries(sums.map((name, index) => [name, row?.[`sum_${index}`] ?? '0'])) } : {}),
    };
  }

  private condition({ column, op, value }: RowFilter): string {
    const operand = this.operand(column);
    const bind = (one: Json): string => this.#bind(this.bound(operand, column, one), operand.cast);
    switch (op) {
      case 'eq':
        return `${operand.sql} = ${bind(value)}`;
      case 'ne':
        return `${operand.sql} is distinct from ${bind(value)}`;
      case 'in': {
        const choices = Array.isArray(value) ? value : [value];
        this.limit('values of "in"', choices.length, SEARCH_LIMITS.choices);
        return choices.length === 0 ? 'false' : `${operand.sql} in (${choices.map(bind).join(', ')})`;
      }
      case 'contains': {
        if (operand.cast !== 'text') throw this.invalid(column, `column "${column}" has no texts; "contains" looks into texts`);
        return `strpos(lower(${operand.sql}), lower(${bind(value)})) > 0`;
      }
      case 'isNull':
        return `${operand.sql} is ${value === false ? 'not ' : ''}null`;
      default:
        this.sortable(column);
        return `${operand.sql} ${comparisons[op]} ${bind(value)}`;
    }
  }

  /** The first condition that a declared index answers: the rows' own values are compared all the same. */
  private narrowing(filters: RowFilter[], dealership: string): string[] {
    const firsts = new Map(indexSets(this.register).map((set) => [set[0] ?? '', set.join('+')]));
    for (const op of ['eq', 'gte', 'gt', 'lte', 'lt'] as const) {
      const filter = filters.find((one) => one.op === op && firsts.has(one.column) && one.value !== null);
      if (filter === undefined) continue;
      const text = indexStart(this.operand(filter.column).type, filter.value);
      // '\u0002' is behind the separator of an index's columns, '2' behind every value
      const from = op === 'lt' || op === 'lte' ? '1' : text;
      const to = op === 'gt' || op === 'gte' ? '2' : `${text}\u0002`;
      const [columns, low, high] = [firsts.get(filter.column) ?? '', from, to].map((one) => this.#bind(one, 'text'));
      return [
        `row_id in (select row_id from register_index where dealership_id = ${this.#bind(dealership, 'text')}
          and register_id = ${this.#bind(this.register.id, 'text')} and columns = ${columns} and value >= ${low} and value < ${high})`,
      ];
    }
    return [];
  }

  private behind(keys: { sql: string; cast: string; order: 'asc' | 'desc' }[], after: (string | null)[]): string {
    if (after.length !== keys.length) throw this.invalid(undefined, 'the cursor belongs to another sort; begin with the first page');
    const values = keys.map(({ cast }, index) => {
      const mark = after[index] ?? null;
      if (mark === null) return null;
      const isOne = (cast === 'timestamptz' ? instantMark : wellFormed[cast])?.test(mark) === true && !mark.includes('\u0000');
      if (!isOne) throw this.invalid(undefined, 'the cursor belongs to another sort; begin with the first page');
      return this.#bind(mark, cast);
    });
    return keys
      .map(({ sql, order }, depth) => {
        const value = values[depth];
        const same = keys
          .slice(0, depth)
          .map((key, index) => (values[index] === null ? `${key.sql} is null` : `${key.sql} = ${values[index]}`));
        const beyond = value === null ? 'false' : `(${sql} ${order === 'asc' ? '>' : '<'} ${value} or ${sql} is null)`;
        return `(${[...same, beyond].join(' and ')})`;
      })
      .join(' or ');
  }

  private sortable(column: string): Operand {
    const operand = this.operand(column);
    if (!operand.ordered) throw this.invalid(column, `column "${column}" has no order; compare it with eq, ne or in`);
    return operand;
  }

  private operand(name: string): Operand {
    const column = this.register.columns.find((one) => one.name === name);
    if (column !== undefined) return operandOf(name, column.type);
    if (!this.register.computed.some((one) => one.name === name)) {
      throw this.invalid(name, `register "${this.register.id}" has no column "${name}"`);
    }
    const operand = this.#operands.get(name) ?? this.computed(name);
    this.#operands.set(name, operand);
    return operand;
  }

  /** A computed column, as the database computes it of each row. */
  private computed(name: string): Operand {
    const column = this.register.computed.find((one) => one.name === name);
    const columnOf = (read: string) => {
      const stored = this.register.columns.find((one) => one.name === read);
      return stored === undefined ? this.register.computed.find((one) => one.name === read) : registerColumn(read, stored.type);
    };
    try {
      if (column === undefined) throw new NoSqlError('is no column');
      const scope = { column: columnOf, bind: this.#bindings.bind, nowMs: this.query.nowMs ?? Date.now(), timezone: this.timezone };
      const { sql, kind } = toSql(column.expression, scope);
      const cast = casts[kind];
      if (cast === undefined) throw new NoSqlError('gives what has no order and no text');
      return { sql, cast, type: column.type, ordered: true };
    } catch (error) {
      if (!(error instanceof NoSqlError)) throw error;
      throw this.invalid(name, `column "${name}" cannot be searched: it ${error.message}; search by the columns that it is computed from`);
    }
  }

  #bind(value: string, cast: string): string {
    return this.#bindings.bind(value, cast);
  }

  /** A value as it is bound; refused where it is not of the column's type, so that the database never has to. */
  private bound({ cast, type }: Operand, column: string, value: Json): string {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const isOne = wellFormed[type.kind === 'date' ? 'date' : cast]?.test(text) === true && !text.includes('\u0000');
    if (isOne && (cast !== 'timestamptz' || instantMs(text, 'UTC') !== undefined)) return text;
    throw this.invalid(column, `${JSON.stringify(value)} is no value of column "${column}"`);
  }

  private limit(what: string, count: number, most: number): void {
    if (count > most) throw this.invalid(undefined, `a search has at most ${most} ${what}, not ${count}`);
  }

  private invalid(column: string | undefined, message: string): RegisterConflict {
    return new RegisterConflict('register.invalid', message, {
      register: this.register.id,
      ...(column === undefined ? {} : { columns: [column] }),
    });
  }
}

/** What values of computed columns are cast to; others cannot be searched by. */
const casts: Partial<Record<SqlKind, string>> = {
  number: 'numeric',
  string: 'text',
  boolean: 'boolean',
  date: 'date',
  dateTime: 'timestamptz',
};

const comparisons = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/** A time as the database writes it into a cursor. */
const instantMark = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+]00$/u;

const wellFormed: Record<string, RegExp> = {
  text: /^/u,
  numeric: /^-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?$/u,
  boolean: /^(true|false)$/u,
  date: /^\d{4}-\d\d-\d\d$/u,
  timestamptz: /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/u,
};

/** Names of columns are letters and digits, so they may stand in SQL. What is not of the type, after a register has changed, is null. */
function operandOf(name: string, type: ValueType): Operand {
  const text = `("values" ->> '${name}') collate "C"`;
  const json = `("values" -> '${name}')`;
  switch (type.kind) {
    case 'number':
      return {
        sql: `case when jsonb_typeof(${json}) = 'number' then ${json}::numeric end`,
        cast: 'numeric',
        type,
        ordered: true,
      };
    case 'money':
      return { sql: `case when ${text} ~ '^-?[0-9]{1,16}[.][0-9]{2}$' then (${text})::numeric end`, cast: 'numeric', type, ordered: true };
    case 'boolean':
      return { sql: `case when jsonb_typeof(${json}) = 'boolean' then ${json}::boolean end`, cast: 'boolean', type, ordered: true };
    case 'dateTime':
      return {
        sql: `case when pg_input_is_valid(${text}, 'timestamptz') then (${text})::timestamptz end`,
        cast: 'timestamptz',
        type,
        ordered: true,
      };
    default:
      return { sql: text, cast: 'text', type, ordered: type.kind !== 'duration' && type.kind !== 'time' };
  }
}
