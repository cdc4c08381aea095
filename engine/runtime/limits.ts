/** What one case may use. Beyond a limit a request is refused or a step raises an incident; other cases are not harmed. */
export const LIMITS = {
  /** Nodes that one event may execute before it must wait. */
  automaticSteps: 1_000,
  /** Nodes more for each instance of a repeated activity that the event begins. */
  stepsOfInstance: 20,
  /** Called processes and sub-processes inside each other. */
  callDepth: 20,
  /** Tokens of one case. */
  tokens: 5_000,
  /** Instances of one repeated activity. */
  instances: 1_000,
  /** Signers of one task. */
  signers: 100,
  /** Facts and messages that are kept while a case is suspended. */
  held: 1_000,
  /** Completed tasks that a case remembers; the oldest is forgotten first. */
  done: 500,
  /** Completed activities of a case that can be undone. */
  undoables: 1_000,
  /** Forks that a token remembers to have come through. */
  line: 50,
  /** Joins that a token remembers to have come out of. */
  merges: 20,
  /** Characters of one variable's canonical JSON. */
  variableChars: 262_144,
  /** Characters of all variables of a case together. */
  stateChars: 1_048_576,
  /** Milliseconds: no timer is shorter. */
  timerMs: 1_000,
} as const;
