import type { Request, Response } from 'express';
import type { PageRequest } from '../db/page';
import type { Json, JsonObject } from '../engine/json';
import type { Cursors } from './cursors';
import { pathOf } from './request';

const PAGE_LIMIT = 100;

/** What a page is asked for with. */
export interface PageInput {
  limit?: number;
  after?: string;
}

/** The page of a request; `query` is what its cursors are bound to. */
export async function pageOf(cursors: Cursors, query: unknown, input: PageInput): Promise<PageRequest> {
  const limit = input.limit ?? PAGE_LIMIT;
  return input.after === undefined ? { limit } : { limit, after: await cursors.read(query, input.after) };
}

/** A page as the interface shows it. `endCursor` is null only where there is no item. */
export async function pageView<Item>(
  cursors: Cursors,
  query: unknown,
  found: { items: Item[]; hasMore: boolean },
  cursorOf: (item: Item) => (string | number)[],
  view: (item: Item) => Json,
): Promise<{ items: Json[]; page: JsonObject }> {
  const first = found.items[0];
  const last = found.items.at(-1);
  const startCursor = first === undefined ? null : await cursors.write(query, cursorOf(first));
  const endCursor = last === undefined ? null : await cursors.write(query, cursorOf(last));
  return { items: found.items.map(view), page: { startCursor, endCursor, hasMore: found.hasMore } };
}

/** RFC 8288: where the next page of a GET is. */
export function linkNext(req: Request, res: Response, page: JsonObject): void {
  if (page['hasMore'] !== true) return;
  const query = new URLSearchParams(req.query as Record<string, string>);
  query.set('after', String(page['endCursor']));
  res.set('Link', `<${pathOf(req)}?${query}>; rel="next"`);
}
