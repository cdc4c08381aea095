import type { Knex } from 'knex';

export interface SortKey {
  /** A column without nulls. */
  column: string;
  order: 'asc' | 'desc';
}

/** Where a page begins: behind the row with these sort values, the unique key last; absent: at the start. */
export interface PageRequest {
  limit: number;
  after?: (string | number)[];
}

/** Orders a query and starts it behind the cursor. Every sort ends with a unique key, so that no row is shown twice or left out. */
export function seek(query: Knex.QueryBuilder, sort: SortKey[], page: PageRequest): Knex.QueryBuilder {
  for (const { column, order } of sort) query.orderBy(column, order);
  const after = page.after;
  if (after !== undefined) query.where((where) => behind(where, sort, after));
  return query.limit(page.limit + 1);
}

function behind(where: Knex.QueryBuilder, sort: SortKey[], after: (string | number)[]): void {
  const uniform = sort.every(({ order }) => order === sort[0]?.order);
  if (uniform) {
    const columns = sort.map(() => '??').join(', ');
    const values = sort.map(() => '?').join(', ');
    where.whereRaw(`(${columns}) ${sort[0]?.order === 'desc' ? '<' : '>'} (${values})`, [...sort.map(({ column }) => column), ...after]);
    return;
  }
  for (let depth = 0; depth < sort.length; depth++) {
    where.orWhere((tie) => {
      for (const [index, { column, order }] of sort.slice(0, depth + 1).entries()) {
        const operator = index < depth ? '=' : order === 'desc' ? '<' : '>';
        tie.where(column, operator, after[index] as string);
      }
    });
  }
}

/** Rows of a page, and whether more follow: one row more than the limit was asked for. */
export function cut<Row>(rows: Row[], limit: number): { rows: Row[]; hasMore: boolean } {
  return { rows: rows.slice(0, limit), hasMore: rows.length > limit };
}
