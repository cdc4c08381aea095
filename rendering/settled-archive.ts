import { unzipSync, type Zippable, zipSync } from 'fflate';

/** A zip archive knows no time before 1980, on whichever clock. */
const FIRST_MS = Date.UTC(1980, 0, 3);

/** The archive of a workbook or a Word file packed anew, with one time for all of its parts and in one order: those who write them take the time of the moment. */
export function settledArchive(archive: Buffer, atMs: number): Buffer {
  const mtime = new Date(Math.max(atMs, FIRST_MS));
  const parts = Object.entries(unzipSync(archive)).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Buffer.from(zipSync(Object.fromEntries(parts.map(([name, content]) => [name, [content, { mtime, level: 6 }]])) as Zippable));
}

/** What the others are is said first. */
function rank(name: string): number {
  return name === '[Content_Types].xml' ? 0 : 1;
}
