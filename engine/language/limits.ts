/** What one document may be at most. They are checked before anything is parsed. */
export const documentLimits = {
  /** Bytes of UTF-8. */
  bytes: 256 * 1024,
  /** Maps and lists within each other. */
  depth: 64,
  /** Characters of one key. */
  keyCharacters: 200,
  /** Findings of one file: who reads that many mends them first. */
  findings: 200,
} as const;
