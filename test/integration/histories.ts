import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { LiveCase } from './rig';

/** Histories of real cases, in Temporal's JSON form. They are never rewritten: later code must replay what earlier code has done. */
const historiesFolder = path.join(__dirname, '..', 'histories');

/** With NEIQIN_RECORD_HISTORIES=1 keeps the history of a case's latest run under a name of its own; a recorded one stays. */
export async function recordHistory(live: LiveCase, name: string): Promise<void> {
  if (process.env['NEIQIN_RECORD_HISTORIES'] === undefined) return;
  const file = path.join(historiesFolder, `${name}.json`);
  if (readdirSync(historiesFolder).includes(path.basename(file))) return;
  const history = await live.handle.fetchHistory();
  writeFileSync(file, `${JSON.stringify(JSON.parse(historyToJSON(history)))}\n`);
}

export function recordedHistories(): { name: string; history: unknown }[] {
  return readdirSync(historiesFolder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ name: file, history: JSON.parse(readFileSync(path.join(historiesFolder, file), 'utf8')) as unknown }));
}
