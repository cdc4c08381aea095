/** One person does another's tasks for a time (代理). */
export interface SubstitutionRule {
  principal: string;
  substitute: string;
  /** Milliseconds since the epoch; the end is exclusive. */
  fromMs: number;
  untilMs: number;
  /** Processes to which it is limited; null: all. */
  processIds: string[] | null;
}

function isInForce(rule: SubstitutionRule, atMs: number): boolean {
  return rule.fromMs <= atMs && atMs < rule.untilMs;
}

/**
 * Who may do the tasks of `user` in a process at a time, sorted. There are no chains: a substitute acts for the principal alone, so whom the
 * substitute has named does not come in.
 */
export function substitutesFor(rules: readonly SubstitutionRule[], user: string, processId: string, atMs: number): string[] {
  const found = rules.filter(
    (rule) => rule.principal === user && isInForce(rule, atMs) && (rule.processIds === null || rule.processIds.includes(processId)),
  );
  return [...new Set(found.map((rule) => rule.substitute))].sort();
}

/** Whether two rules of one principal would hold for one process at one time. */
export function overlaps(a: SubstitutionRule, b: SubstitutionRule): boolean {
  if (a.principal !== b.principal || a.fromMs >= b.untilMs || b.fromMs >= a.untilMs) return false;
  return a.processIds === null || b.processIds === null || a.processIds.some((id) => b.processIds?.includes(id));
}
