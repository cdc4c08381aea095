import { LRUCache } from 'lru-cache';
import type { LocalizedText, ProcessModel } from '../engine/runtime/process-model';
import type { Transaction } from './database';

type Titles = Map<string, LocalizedText>;
/** Models never change under their hash, so what was read once holds for the process's life. */
const cache = new LRUCache<string, Titles>({ max: 500 });

/** Titles of the nodes of a published model by element id; undefined where the model is not published here. */
export async function titlesOf(trx: Transaction, dealership: string, modelHash: string): Promise<Titles | undefined> {
  const key = `${dealership}/${modelHash}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const [row] = await trx.query<{ model: ProcessModel }>(
    { name: 'model-by-hash', text: 'select model from process_definition where dealership_id = $1 and model_hash = $2 limit 1' },
    [dealership, modelHash],
  );
  if (row === undefined) return undefined;
  const titles: Titles = new Map();
  for (const node of Object.values(row.model.nodes)) if (node.title !== undefined) titles.set(node.id, node.title);
  cache.set(key, titles);
  return titles;
}
