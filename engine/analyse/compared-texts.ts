import type { DecisionTable } from '../decision/decision-table';
import type { Expression } from '../feel/expression';
import type { Json } from '../json';
import type { Node, ProcessModel } from '../runtime/process-model';
import { decisionTexts, type GivenTexts } from './given-texts';

/** A text with which something is compared: a name or a member of it. */
export interface Comparison {
  path: string[];
  text: string;
  /** The node or the flow at which it stands. */
  at: string;
  /** What a decision is asked there, where the text stands in one of its cells. */
  decision?: { id: string; rule: number; input: string };
  /** What the path can be, where that is known without the process. */
  known?: ReadonlySet<string>;
}

/** All texts with which a process compares its variables, in conditions, in what it computes, and in the cells of the decisions that it asks. */
export function comparisonsOf(model: ProcessModel): Comparison[] {
  const found: Comparison[] = [];
  const gather = (at: string, value: unknown): void => {
    if (value === null || typeof value !== 'object') return;
    if (isExpression(value)) for (const one of comparedIn(value.tree)) found.push({ ...one, at });
    else for (const [key, part] of Object.entries(value)) if (key !== 'decision') gather(at, part);
  };
  for (const node of Object.values(model.nodes)) {
    gather(node.id, node);
    if (node.kind === 'businessRuleTask') found.push(...comparedByDecision(node));
  }
  for (const flow of Object.values(model.flows)) gather(flow.id, flow.condition);
  return found;
}

/** Comparisons with a text that what is compared can never be. */
export function neverGiven(model: ProcessModel, given: GivenTexts): (Comparison & { known: ReadonlySet<string> })[] {
  return comparisonsOf(model).flatMap((comparison) => {
    const known = comparison.known ?? given.of(comparison.path);
    return known === undefined || known.size === 0 || known.has(comparison.text) ? [] : [{ ...comparison, known }];
  });
}

/** The name that an expression is, with the members that it goes on into; undefined where it is more than that. */
function pathOf(node: Json): string[] | undefined {
  if (!Array.isArray(node)) return undefined;
  if (node[0] === 'name') return [String(node[1])];
  if (node[0] !== 'path' || !Array.isArray(node[2])) return undefined;
  const owner = pathOf(node[1] ?? null);
  return owner === undefined ? undefined : [...owner, ...node[2].map(String)];
}

/** The texts that an expression compares with names or members of them, wherever in it. */
export function comparedIn(node: Json): { path: string[]; text: string }[] {
  if (!Array.isArray(node)) return [];
  const own = node[0] === 'compare' ? compared(node) : node[0] === 'in' ? among(node) : [];
  return [...own, ...node.flatMap(comparedIn)];
}

function compared([, comparator, left, right]: Json[]): { path: string[]; text: string }[] {
  if (comparator !== '=' && comparator !== '!=') return [];
  const pairs = [
    [left, right],
    [right, left],
  ];
  return pairs.flatMap(([side, other]) => {
    const path = pathOf(side ?? null);
    return path === undefined || typeof other !== 'string' ? [] : [{ path, text: other }];
  });
}

function among([, value, tests]: Json[]): { path: string[]; text: string }[] {
  const path = pathOf(value ?? null);
  if (path === undefined || !Array.isArray(tests)) return [];
  const texts = tests.flatMap((test): Json[] => {
    if (!Array.isArray(test)) return [];
    const wanted = test[0] === 'compare' && (test[1] === '=' || test[1] === '!=') ? test[2] : test[0] === 'among' ? test[1] : null;
    return Array.isArray(wanted) && wanted[0] === 'list' && Array.isArray(wanted[1]) ? wanted[1] : [wanted ?? null];
  });
  return texts.flatMap((text) => (typeof text === 'string' ? [{ path, text }] : []));
}

/** The variables of the process that a step hands its decision, with the number of the input that each is. */
export function handedIn({ decision, input }: Extract<Node, { kind: 'businessRuleTask' }>): { path: string[]; input: number }[] {
  const needed = new Map((decision.requires ?? []).map(({ name, decision: other }) => [name, other]));
  return decision.inputs.flatMap((column, index) => {
    const source = sourceOf(column.expression, needed, input);
    return source === undefined || source.known !== undefined ? [] : [{ path: source.path, input: index }];
  });
}

/** The texts in the cells of a decision, each with what the step hands in for the input. */
function comparedByDecision(node: Extract<Node, { kind: 'businessRuleTask' }>): Comparison[] {
  const { decision, input } = node;
  const requires = new Map((decision.requires ?? []).map(({ name, decision: needed }) => [name, needed]));
  return decision.inputs.flatMap((column, index) => {
    const source = sourceOf(column.expression, requires, input);
    if (source === undefined) return [];
    return decision.rules.flatMap(({ tests }, rule) =>
      comparedIn(tests[index]?.tree ?? null)
        .filter(({ path }) => path.length === 1 && path[0] === '?')
        .map(({ text }) => ({ ...source, text, at: node.id, decision: { id: decision.id, rule: rule + 1, input: column.id } })),
    );
  });
}

/** What an input reads: a variable of the process, or what another decision gives. */
function sourceOf(
  expression: Expression,
  requires: ReadonlyMap<string, DecisionTable>,
  input: Record<string, Expression | { literal: Json }>,
): Pick<Comparison, 'path' | 'known'> | undefined {
  const path = pathOf(expression.tree);
  const [name = '', ...rest] = path ?? [];
  if (path === undefined) return undefined;
  const needed = requires.get(name);
  if (needed !== undefined) {
    const known = decisionTexts(needed, rest);
    return known === undefined ? undefined : { path, known };
  }
  const handed = input[name];
  if (handed === undefined) return Object.keys(input).length === 0 ? { path } : undefined;
  if ('literal' in handed) return undefined;
  const outer = pathOf(handed.tree);
  return outer === undefined ? undefined : { path: [...outer, ...rest] };
}

function isExpression(value: object): value is Expression {
  return 'reads' in value && 'tree' in value && Array.isArray(value.reads);
}
