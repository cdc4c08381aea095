import { Decimal, finite, safeInteger } from './decimal';
import { negate } from './operators';
import type { Run } from './run';
import type { functionsOf } from './signature';
import { DaysDuration, MonthsDuration } from './temporal';
import type { Value } from './value';

type Table = Parameters<typeof functionsOf>[0];

const leastScale = -6111;
const mostScale = 6176;
const rootCost = 300;
const powerCost = 3000;

/** The functions of numbers (DMN 1.5 §10.3.4.5). */
export const numberFunctions: Table = {
  'decimal(n: number, scale: number): number': rounding(Decimal.ROUND_HALF_EVEN),
  'floor(n: number, scale?: number): number': rounding(Decimal.ROUND_FLOOR),
  'ceiling(n: number, scale?: number): number': rounding(Decimal.ROUND_CEIL),
  'round up(n: number, scale: number): number': rounding(Decimal.ROUND_UP),
  'round down(n: number, scale: number): number': rounding(Decimal.ROUND_DOWN),
  'round half up(n: number, scale: number): number': rounding(Decimal.ROUND_HALF_UP),
  'round half down(n: number, scale: number): number': rounding(Decimal.ROUND_HALF_DOWN),
  'abs(n: number): same': ([n]) => (n as Decimal).abs(),
  'abs(n: duration): same': ([n]) => (isNegative(n!) ? negate(n!) : n!),
  'modulo(dividend: number, divisor: number): number': modulo,
  'sqrt(number: number): number': computed((n) => n.sqrt(), rootCost),
  'log(number: number): number': computed((n) => n.ln(), powerCost),
  'exp(number: number): number': computed((n) => n.exp(), powerCost),
  'odd(number: number): boolean': parity(1),
  'even(number: number): boolean': parity(0),
};

function rounding(mode: Parameters<Decimal['toDecimalPlaces']>[1]) {
  return ([n, scale = null]: Value[]): Value => {
    const number = n as Decimal;
    const places = scale === null ? 0 : safeInteger((scale as Decimal).trunc());
    if (places === undefined || places < leastScale || places > mostScale) return null;
    if (places >= 0) return places >= number.decimalPlaces() ? number : number.toDecimalPlaces(places, mode);
    const unit = new Decimal(10).pow(-places);
    return finite(number.div(unit).toDecimalPlaces(0, mode).times(unit));
  };
}

function isNegative(value: Value): boolean {
  return value instanceof MonthsDuration ? value.months < 0 : value instanceof DaysDuration && value.nanoseconds < 0n;
}

/** `dividend - divisor * floor(dividend / divisor)`, exactly. */
function modulo([dividend, divisor]: Value[], run: Run): Value {
  run.spend(rootCost);
  const [left, right] = [dividend as Decimal, divisor as Decimal];
  if (right.isZero()) return null;
  const rest = left.mod(right);
  return finite(rest.isZero() || rest.isNegative() === right.isNegative() ? rest : rest.plus(right));
}

function computed(compute: (n: Decimal) => Decimal, cost: number) {
  return ([n]: Value[], run: Run): Value => {
    run.spend(cost);
    return finite(compute(n as Decimal));
  };
}

function parity(wanted: 0 | 1) {
  return ([n]: Value[]): Value => (n as Decimal).isInteger() && (n as Decimal).mod(2).abs().eq(wanted);
}
