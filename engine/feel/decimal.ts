import { Decimal as DecimalJs } from 'decimal.js';

/** An exact decimal number; finite in every FEEL value. */
export type Decimal = DecimalJs;

/** Decimals of 34 significant digits, half-even, with the exponents of IEEE 754 decimal128 (DMN 1.3 §10.3.2). */
export const Decimal = DecimalJs.clone({ precision: 34, rounding: DecimalJs.ROUND_HALF_EVEN, maxE: 6144, minE: -6143, defaults: true });

const decimalLiteral = /^-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,9})?$/;

/** The decimal that a literal or a JSON number stands for, rounded to 34 digits; null where it is none or is out of range. */
export function decimalOf(literal: string | number): Decimal | null {
  if (typeof literal === 'number') return finite(new Decimal(literal));
  if (!decimalLiteral.test(literal)) return null;
  const exact = new Decimal(literal);
  return finite(exact.precision() > Decimal.precision ? exact.toSignificantDigits(Decimal.precision) : exact);
}

/** The decimal, or null in place of `NaN` and infinities: FEEL has neither. */
export function finite(value: Decimal): Decimal | null {
  return value.isFinite() ? value : null;
}

/** The decimal as a JavaScript integer where it is one that a double holds exactly, otherwise undefined. */
export function safeInteger(value: Decimal): number | undefined {
  if (!value.isInteger()) return undefined;
  const number = value.toNumber();
  return Number.isSafeInteger(number) ? number : undefined;
}
