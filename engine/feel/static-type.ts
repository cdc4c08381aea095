import type { ValueType } from './expression';
import { normalName } from './normal-name';
import { temporalMembers } from './temporal';
import type { ArithmeticOperator } from './tree';

/** The type that the compiler knows of a node; null for the literal `null`, which fits every type. */
export type StaticType = ValueType | null;

/** The type of which nothing is known. */
export const anyType: ValueType = { kind: 'any' };
const numberType: ValueType = { kind: 'number' };

/** The type that values of both types have: of money and a number a number, of contexts that differ an open one, otherwise `any`. */
export function joinTypes(left: StaticType, right: StaticType): StaticType {
  if (left === null || right === null) return left ?? right;
  if (left.kind === 'list' && right.kind === 'list') return { kind: 'list', items: joinTypes(left.items, right.items) ?? anyType };
  if (left.kind === 'context' && right.kind === 'context') {
    return JSON.stringify(left) === JSON.stringify(right) ? left : { kind: 'context', properties: {}, open: true };
  }
  if (left.kind === right.kind) return left;
  return isNumeric(left) && isNumeric(right) ? numberType : anyType;
}

/** The type of a list's elements. A type that is no list counts as a list of one (DMN 1.3 §10.3.2). */
export function elementType(type: StaticType): StaticType {
  return type?.kind === 'list' ? type.items : type;
}

/** The type of a member, or the members that there are, where the type is known and has none of that name. */
export type Member = { found: true; type: StaticType } | { found: false; names: string[] };

const otherMembers: Record<string, ValueType> = { timezone: { kind: 'string' }, 'time offset': { kind: 'duration' } };

/** Looks a member up as a path does: in a context, in a temporal value, or in each element of a list. */
export function memberOf(type: StaticType, name: string): Member {
  if (type === null || type.kind === 'any') return { found: true, type: anyType };
  if (type.kind === 'list') {
    const member = memberOf(type.items, name);
    return member.found ? { found: true, type: { kind: 'list', items: member.type ?? anyType } } : member;
  }
  if (type.kind === 'context') {
    if (Object.hasOwn(type.properties, name)) return { found: true, type: type.properties[name]! };
    return type.open === true ? { found: true, type: anyType } : { found: false, names: Object.keys(type.properties) };
  }
  const names: readonly string[] = Object.hasOwn(temporalMembers, type.kind)
    ? temporalMembers[type.kind as keyof typeof temporalMembers]
    : [];
  if (!names.includes(name)) return { found: false, names: [...names] };
  return { found: true, type: otherMembers[name] ?? numberType };
}

/** As `memberOf`, for a name as it is written: where the type has one that differs in spaces alone, that is meant. */
export function memberNamed(type: StaticType, written: string): { name: string; found: Member } {
  const found = memberOf(type, written);
  const element = elementType(type);
  if (found.found && (element?.kind !== 'context' || Object.hasOwn(element.properties, written))) return { name: written, found };
  const names = element?.kind === 'context' ? Object.keys(element.properties) : [];
  const name = names.find((candidate) => normalName(candidate) === normalName(written));
  return name === undefined ? { name: written, found } : { name, found: memberOf(type, name) };
}

/** The type of an arithmetic operation: money stays money when it is added, subtracted, or multiplied or divided by a number. */
export function arithmeticType(operator: ArithmeticOperator, left: StaticType, right: StaticType): StaticType {
  if (left === null || right === null) return anyType;
  if (isNumeric(left) && isNumeric(right)) return numericType(operator, left, right);
  if (operator === '+' && left.kind === 'string' && right.kind === 'string') return left;
  if (right.kind === 'duration' && (operator === '+' || operator === '-')) return isTemporalKind(left) ? left : anyType;
  if (left.kind === 'duration' && operator === '+') return isTemporalKind(right) ? right : anyType;
  if (operator === '-' && left.kind === right.kind && isTemporalKind(left)) return { kind: 'duration' };
  return anyType;
}

function numericType(operator: ArithmeticOperator, left: ValueType, right: ValueType): ValueType {
  const amounts = [left, right].filter((type) => type.kind === 'money').length;
  if (operator === '+' || operator === '-') return amounts > 0 ? { kind: 'money' } : numberType;
  if (operator === '*') return amounts === 1 ? { kind: 'money' } : numberType;
  return operator === '/' && left.kind === 'money' && amounts === 1 ? left : numberType;
}

/** True for numbers and money. */
function isNumeric(type: StaticType): boolean {
  return type?.kind === 'number' || type?.kind === 'money';
}

function isTemporalKind(type: ValueType): boolean {
  return Object.hasOwn(temporalMembers, type.kind);
}

/** Whether values of the types can be equal or in order: kinds are alike, or nothing is known of one. Null is compared with everything. */
export function isComparable(left: StaticType, right: StaticType): boolean {
  if (left === null || right === null || left.kind === 'any' || right.kind === 'any') return true;
  return left.kind === right.kind || (isNumeric(left) && isNumeric(right));
}

/** Whether an operator can have operands of the types, as far as that is known. */
export function isComputable(operator: ArithmeticOperator, left: StaticType, right: StaticType): boolean {
  if (left === null || right === null || left.kind === 'any' || right.kind === 'any') return true;
  if (isNumeric(left) && isNumeric(right)) return true;
  if (operator === '+' && left.kind === 'string') return right.kind === 'string';
  const durations = [left, right].filter(({ kind }) => kind === 'duration').length;
  if (operator === '*') return durations === 1 && (isNumeric(left) || isNumeric(right));
  if (operator === '/') return left.kind === 'duration' && (isNumeric(right) || durations === 2);
  if (operator === '**' || !isTemporalKind(left) || !isTemporalKind(right)) return false;
  return durations > 0
    ? operator === '+' || right.kind === 'duration'
    : operator === '-' && (left.kind === 'time') === (right.kind === 'time');
}
