/** What one case may use. Beyond a limit a request is refused or a step raises an incident; other cases are not harmed. */
export const LIMITS = {
  /** Nodes that one event may execute before it must wait. */
  automaticSteps: 1_000,
  /** Called processes inside each other. */
  callDepth: 20,
  /** Characters of one variable's canonical JSON. */
  variableChars: 262_144,
  /** Characters of all variables of a case together. */
  stateChars: 1_048_576,
  /** Milliseconds: no timer is shorter. */
  timerMs: 1_000,
} as const;
