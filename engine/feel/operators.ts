import { Decimal, finite, safeInteger } from './decimal';
import { Range } from './range';
import type { Run } from './run';
import { addDuration, compareTemporal, DaysDuration, difference, isTemporal, MonthsDuration, type TemporalValue } from './temporal';
import type { ArithmeticOperator, Comparator } from './tree';
import { Context, kindOf, type Value } from './value';

/** What an operation costs beyond its nodes, in proportion to the time that it takes. */
const costs = { sum: 1, multiplication: 3, division: 15, temporal: 30, power: 300, root: 3000 };

/**
 * FEEL's `=` (DMN 1.3 §10.3.2): null equals only null, values of different kinds give null, lists and contexts compare element by
 * element.
 */
function equals(left: Value, right: Value, run: Run): boolean | null {
  if (left === null || right === null) return left === right;
  if (typeof left === 'string' || typeof left === 'boolean') return typeof left === typeof right ? left === right : null;
  if (left instanceof Decimal) return right instanceof Decimal ? left.eq(right) : null;
  if (Array.isArray(left)) return Array.isArray(right) ? listsEqual(left, right, run) : null;
  if (left instanceof Context) return right instanceof Context ? contextsEqual(left, right, run) : null;
  if (left instanceof Range) return right instanceof Range ? rangesEqual(left, right, run) : null;
  if (!isTemporal(left) || !isTemporal(right)) return null;
  const order = orderTemporal(left, right, run);
  return order === null ? null : order === 0;
}

function listsEqual(left: Value[], right: Value[], run: Run): boolean {
  if (left.length !== right.length) return false;
  run.enter();
  const equal = left.every((item, at) => {
    run.spend(1);
    return equals(item, right[at]!, run) === true;
  });
  run.leave();
  return equal;
}

function contextsEqual(left: Context, right: Context, run: Run): boolean {
  const names = left.names();
  if (names.length !== right.names().length) return false;
  run.enter();
  const equal = names.every((name) => {
    run.spend(1);
    return right.has(name) && equals(left.get(name, run), right.get(name, run), run) === true;
  });
  run.leave();
  return equal;
}

function rangesEqual(left: Range, right: Range, run: Run): boolean {
  if (left.comparator !== right.comparator || left.startIncluded !== right.startIncluded || left.endIncluded !== right.endIncluded)
    return false;
  run.enter();
  const equal = equals(left.start, right.start, run) === true && equals(left.end, right.end, run) === true;
  run.leave();
  return equal;
}

/** Whether a value lies between two ends, each included or not; an end that is null is none. Null where they do not compare. */
export function liesWithin(value: Value, range: Range, run: Run): boolean | null {
  if (range.comparator !== null) return compare(range.comparator, value, range.start ?? range.end, run);
  const above = range.start === null ? true : compare(range.startIncluded ? '>=' : '>', value, range.start, run);
  return both(above, range.end === null ? true : compare(range.endIncluded ? '<=' : '<', value, range.end, run));
}

function orderTemporal(left: TemporalValue, right: TemporalValue, run: Run): number | null {
  run.spend(costs.temporal);
  return compareTemporal(left, right, run.timezone);
}

/** The order of two values of one ordered kind (DMN 1.3 §10.3.2): negative, 0 or positive; null for anything else. */
export function order(left: Value, right: Value, run: Run): number | null {
  if (left instanceof Decimal) return right instanceof Decimal ? left.cmp(right) : null;
  if (typeof left === 'string') return typeof right === 'string' ? (left < right ? -1 : left > right ? 1 : 0) : null;
  return isTemporal(left) && isTemporal(right) ? orderTemporal(left, right, run) : null;
}

/** The value of a comparison; null where the operands do not compare. */
export function compare(comparator: Comparator, left: Value, right: Value, run: Run): boolean | null {
  if (comparator === '=') return equals(left, right, run);
  if (comparator === '!=') return negation(equals(left, right, run));
  const found = order(left, right, run);
  if (found === null) return null;
  if (comparator === '<') return found < 0;
  if (comparator === '<=') return found <= 0;
  return comparator === '>' ? found > 0 : found >= 0;
}

/** Three-valued `not` (DMN 1.3 §10.3.2). */
export function negation(value: Value): boolean | null {
  return typeof value === 'boolean' ? !value : null;
}

/** Three-valued `and`: false if either is false, true if both are true, otherwise null. */
export function both(left: Value, right: Value): boolean | null {
  if (left === false || right === false) return false;
  return left === true && right === true ? true : null;
}

/** The value of a binary arithmetic operation (DMN 1.3 §10.3.2); null where the operands do not go together. */
export function arithmetic(operator: ArithmeticOperator, left: Value, right: Value, run: Run): Value {
  if (left instanceof Decimal && right instanceof Decimal) return decimalArithmetic(operator, left, right, run);
  if (typeof left === 'string') {
    if (operator !== '+' || typeof right !== 'string') return null;
    run.spendCharacters(left.length + right.length);
    return left + right;
  }
  if (!isTemporal(left) && !isTemporal(right)) return null;
  run.spend(costs.temporal);
  return temporalArithmetic(operator, left, right, run);
}

function decimalArithmetic(operator: ArithmeticOperator, left: Decimal, right: Decimal, run: Run): Decimal | null {
  run.spend(costs.sum);
  switch (operator) {
    case '+':
      return finite(left.plus(right));
    case '-':
      return finite(left.minus(right));
    case '*':
      run.spend(costs.multiplication);
      return finite(left.times(right));
    case '/':
      run.spend(costs.division);
      return right.isZero() ? null : finite(left.div(right));
    default:
      run.spend(right.isInteger() && right.abs().lte(9999) ? costs.power : costs.root);
      return finite(left.pow(right));
  }
}

function temporalArithmetic(operator: ArithmeticOperator, left: Value, right: Value, run: Run): Value {
  if (operator === '+') return sum(left, right) ?? sum(right, left);
  if (operator === '-') {
    if (!isTemporal(left) || !isTemporal(right)) return null;
    return isDuration(right) ? addDuration(left, right, -1) : difference(left, right, run.timezone);
  }
  if (operator === '*') return scale(left, right) ?? scale(right, left);
  return operator === '/' ? quotient(left, right) : null;
}

function sum(left: Value, right: Value): Value {
  return isTemporal(left) && isDuration(right) ? addDuration(left, right, 1) : null;
}

function isDuration(value: Value): value is MonthsDuration | DaysDuration {
  return value instanceof MonthsDuration || value instanceof DaysDuration;
}

function scale(duration: Value, factor: Value): Value {
  if (!isDuration(duration) || !(factor instanceof Decimal)) return null;
  const kind = duration instanceof MonthsDuration ? months : nanoseconds;
  return kind(amountOf(duration).times(factor));
}

function quotient(left: Value, right: Value): Value {
  if (!isDuration(left)) return null;
  if (right instanceof Decimal) return right.isZero() ? null : scale(left, new Decimal(1).div(right));
  if (!isDuration(right) || kindOfDuration(left) !== kindOfDuration(right)) return null;
  const divisor = amountOf(right);
  return divisor.isZero() ? null : finite(amountOf(left).div(divisor));
}

function kindOfDuration(duration: MonthsDuration | DaysDuration): string {
  return duration instanceof MonthsDuration ? 'months' : 'days';
}

function amountOf(duration: MonthsDuration | DaysDuration): Decimal {
  return new Decimal(duration instanceof MonthsDuration ? duration.months : String(duration.nanoseconds));
}

function months(amount: Decimal): Value {
  const whole = safeInteger(amount.trunc());
  return whole === undefined ? null : new MonthsDuration(whole);
}

function nanoseconds(amount: Decimal): Value {
  return amount.abs().gte('1e30') ? null : new DaysDuration(BigInt(amount.round().toFixed()));
}

/** Unary minus, of numbers and durations. */
export function negate(value: Value): Value {
  if (value instanceof Decimal) return value.neg();
  if (value instanceof MonthsDuration) return new MonthsDuration(0 - value.months);
  return value instanceof DaysDuration ? new DaysDuration(-value.nanoseconds) : null;
}

/** True where the list has an element that equals the value. */
export function includes(list: Value[], value: Value, run: Run): boolean {
  return list.some((item) => {
    run.spend(1);
    return kindOf(item) === kindOf(value) && equals(item, value, run) === true;
  });
}
