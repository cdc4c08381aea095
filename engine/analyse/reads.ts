import type { Expression } from '../feel/expression';
import type { Json } from '../json';

/** One look at a variable: its name and, where the expression goes on into it, the first member. */
export interface Read {
  name: string;
  member?: string;
  /** It is only compared with null. */
  nullOnly: boolean;
  /** The literals with which it is compared, where that is all that is done with it. */
  literals?: (string | number | boolean)[];
}

/** Functions whose value is another one at another time. */
const clocks = new Set(['now', 'today']);

/** What an expression looks at. `clock`: it asks for the time. */
export function readsOf(expression: Expression): { reads: Read[]; clock: boolean } {
  const reads: Read[] = [];
  let clock = false;
  const visit = (node: Json): void => {
    if (!Array.isArray(node)) return;
    if (node[0] === 'call' && clocks.has(String(node[1]))) clock = true;
    if (node[0] === 'compare' && node.length === 4) return compared(node);
    const read = readAt(node);
    if (read !== undefined) reads.push({ ...read, nullOnly: false });
    else for (const part of node) visit(part);
  };
  const compared = ([, , left, right]: Json[]): void => {
    for (const [side, other] of [
      [left, right],
      [right, left],
    ] as [Json, Json][]) {
      const read = readAt(side);
      const literal = literalOf(other);
      if (read === undefined || literal === undefined) continue;
      reads.push(literal === null ? { ...read, nullOnly: true } : { ...read, nullOnly: false, literals: [literal] });
      return;
    }
    visit(left as Json);
    visit(right as Json);
  };
  visit(expression.tree);
  const known = new Set(reads.map(({ name }) => name));
  // a name that the tree holds in a way that is not known here
  for (const name of expression.reads) if (!known.has(name)) reads.push({ name, nullOnly: false });
  return { reads, clock };
}

function readAt(node: Json): { name: string; member?: string } | undefined {
  if (!Array.isArray(node)) return undefined;
  if (node[0] === 'name' && typeof node[1] === 'string') return { name: node[1] };
  if (node[0] !== 'path' || !Array.isArray(node[1]) || !Array.isArray(node[2])) return undefined;
  const owner = readAt(node[1]);
  const member = node[2][0];
  return owner === undefined || owner.member !== undefined || typeof member !== 'string' ? undefined : { name: owner.name, member };
}

function literalOf(node: Json): string | number | boolean | null | undefined {
  if (node === null || typeof node === 'string' || typeof node === 'boolean') return node;
  if (!Array.isArray(node)) return undefined;
  if (node[0] === 'number' && typeof node[1] === 'string') return Number(node[1]);
  if (node[0] === 'negate') {
    const inner = literalOf(node[1] as Json);
    return typeof inner === 'number' ? -inner : undefined;
  }
  return undefined;
}
