import type { Path } from '../language/source-document';

/** What a process needs from other documents, with the place where it says so. */
export interface ProcessUses {
  roles: { role: string; path: Path }[];
  calls: { process: string; path: Path }[];
  forms: Set<string>;
}
