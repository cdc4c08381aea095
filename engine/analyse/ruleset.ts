import type { Finding } from '../compile/deployment';
import { rules } from './rules';

/** What is told: by rule `off`, or the severity that it has here. An error of the reader or the compiler is always told as one. */
export interface Ruleset {
  /** Everything, the rules of `strict` included, or only what is recommended. */
  extends: 'recommended' | 'strict';
  rules: Readonly<Record<string, Finding['severity'] | 'off'>>;
}

export const recommended: Ruleset = { extends: 'recommended', rules: {} };
export const strict: Ruleset = { extends: 'strict', rules: {} };

const strictRules: ReadonlySet<string> = new Set(rules.flatMap((rule) => (rule.strict === true ? [rule.id] : [])));
const ownRules: ReadonlySet<string> = new Set(rules.map(({ id }) => id));

/** True for a rule of the analysis; the others are the reader's and the compiler's. */
export function isOwn(rule: string): boolean {
  return ownRules.has(rule);
}

/** Findings as a ruleset wants them. */
export function applyRuleset<F extends Finding>(findings: readonly F[], ruleset: Ruleset): F[] {
  return findings.flatMap((finding) => {
    const wanted = ruleset.rules[finding.rule];
    if (finding.severity === 'error' && !isOwn(finding.rule)) return [finding];
    if (wanted === 'off') return [];
    if (wanted !== undefined) return [{ ...finding, severity: wanted }];
    return ruleset.extends === 'recommended' && strictRules.has(finding.rule) ? [] : [finding];
  });
}

/** A ruleset from the text of a JSON file, or why it is none. */
export function readRuleset(text: string): { ok: true; ruleset: Ruleset } | { ok: false; message: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, message: 'a ruleset is JSON, such as { "extends": "recommended", "rules": { "no-default": "off" } }' };
  }
  const { extends: base = 'recommended', rules: chosen = {} } = (value ?? {}) as { extends?: unknown; rules?: unknown };
  if (base !== 'recommended' && base !== 'strict') return { ok: false, message: '"extends" is "recommended" or "strict"' };
  if (chosen === null || typeof chosen !== 'object' || Array.isArray(chosen)) {
    return { ok: false, message: '"rules" is a map of rules to "error", "warning", "note" or "off"' };
  }
  const wrong = Object.entries(chosen).find(([, severity]) => !['error', 'warning', 'note', 'off'].includes(severity as string));
  if (wrong !== undefined) return { ok: false, message: `rule "${wrong[0]}" is "error", "warning", "note" or "off"` };
  return { ok: true, ruleset: { extends: base, rules: chosen as Ruleset['rules'] } };
}
