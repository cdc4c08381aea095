/** What one set of definitions may hold at most; beyond a limit a definition is refused with a finding. */
export const compileLimits = {
  /** Nodes of one process. */
  nodes: 1_000,
  /** Flows of one process. */
  flows: 10_000,
  /** Variables of one process, declared and implicit. */
  variables: 1_000,
  /** Files in one compilation. */
  files: 2_000,
  /** Milliseconds: no timer is shorter. */
  timerMs: 1_000,
  /** Objects and lists within each other in the schema of a form or a variable. */
  schemaDepth: 16,
  /** Fields of one such schema, at all depths. */
  schemaFields: 1_000,
  /** Repetitions of one step, where it does not name fewer. */
  repetitions: 1_000,
} as const;
