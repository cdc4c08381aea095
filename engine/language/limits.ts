/** What one document may be at most. They are checked before anything is parsed. */
export const documentLimits = {
  /** Bytes of UTF-8. */
  bytes: 256 * 1024,
  /** Maps and lists within each other. */
  depth: 64,
} as const;
