import type { NameScope } from '../feel/compile';
import type { Path } from '../language/source-document';

/** What a process needs from other documents, with the place where it says so. */
export interface ProcessUses {
  roles: { role: string; path: Path }[];
  /** `detached`: the called process is no part of the case. */
  calls: { process: string; path: Path; detached: boolean }[];
  /** Forms by id, each with the names that its steps see. */
  forms: Map<string, (NameScope & { list(): string[] })[]>;
  calendars: { calendar: string; path: Path }[];
  /** Addresses of other systems that stand there as they are. */
  addresses: { url: string; path: Path }[];
}

/** Nothing yet. */
export function noUses(): ProcessUses {
  return { roles: [], calls: [], forms: new Map(), calendars: [], addresses: [] };
}
