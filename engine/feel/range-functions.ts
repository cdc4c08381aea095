import { both, compare } from './operators';
import { Range } from './range';
import { rangeOf } from './range-literal';
import type { Run } from './run';
import type { functionsOf } from './signature';
import type { Value } from './value';

type Table = Parameters<typeof functionsOf>[0];

/** A range with what compares its ends: a point is the closed range of itself. */
interface Span {
  start: Value;
  startIncluded: boolean;
  end: Value;
  endIncluded: boolean;
}

type Truth = boolean | null;
type Relation = (left: Span, right: Span, run: Run) => Truth;

const before: Relation = (a, b, run) =>
  either(compare('<', a.end, b.start, run), both(compare('=', a.end, b.start, run), !(a.endIncluded && b.startIncluded)));
const meets: Relation = (a, b, run) => both(a.endIncluded && b.startIncluded, compare('=', a.end, b.start, run));
const overlaps: Relation = (a, b, run) => both(notBefore(a, b, run), notBefore(b, a, run));
const starts: Relation = (a, b, run) =>
  both(both(compare('=', a.start, b.start, run), a.startIncluded === b.startIncluded), endsWithin(a, b, run));
const finishes: Relation = (a, b, run) =>
  both(both(compare('=', a.end, b.end, run), a.endIncluded === b.endIncluded), startsWithin(a, b, run));
const includes: Relation = (a, b, run) => both(startsWithin(b, a, run), endsWithin(b, a, run));
const coincides: Relation = (a, b, run) =>
  both(
    both(compare('=', a.start, b.start, run), a.startIncluded === b.startIncluded),
    both(compare('=', a.end, b.end, run), a.endIncluded === b.endIncluded),
  );
const overlapsBefore: Relation = (a, b, run) => both(both(startsBefore(a, b, run), notBefore(a, b, run)), endsWithin(a, b, run));

/** The functions of ranges and points (DMN 1.5 §10.3.4.10). */
export const rangeFunctions: Table = {
  'range(from: string): any': ([from], run) => rangeOf(from as string, run),
  ...relation('before', before, [
    'point1: value, point2: value',
    'point: value, range: range',
    'range: range, point: value',
    'range1: range, range2: range',
  ]),
  ...relation('after', swapped(before), [
    'point1: value, point2: value',
    'point: value, range: range',
    'range: range, point: value',
    'range1: range, range2: range',
  ]),
  ...relation('meets', meets, ['range1: range, range2: range']),
  ...relation('met by', swapped(meets), ['range1: range, range2: range']),
  ...relation('overlaps', overlaps, ['range1: range, range2: range']),
  ...relation('overlaps before', overlapsBefore, ['range1: range, range2: range']),
  ...relation('overlaps after', swapped(overlapsBefore), ['range1: range, range2: range']),
  ...relation('finishes', finishes, ['point: value, range: range', 'range1: range, range2: range']),
  ...relation('finished by', swapped(finishes), ['range: range, point: value', 'range1: range, range2: range']),
  ...relation('includes', includes, ['range: range, point: value', 'range1: range, range2: range']),
  ...relation('during', swapped(includes), ['point: value, range: range', 'range1: range, range2: range']),
  ...relation('starts', starts, ['point: value, range: range', 'range1: range, range2: range']),
  ...relation('started by', swapped(starts), ['range: range, point: value', 'range1: range, range2: range']),
  ...relation('coincides', coincides, ['point1: value, point2: value', 'range1: range, range2: range']),
};

/** The signatures of one relation, those of ranges first: a range is a value as well. */
function relation(name: string, holds: Relation, parameters: string[]): Table {
  return Object.fromEntries(
    [...parameters]
      .reverse()
      .map((names) => [`${name}(${names}): boolean`, ([left, right]: Value[], run: Run) => holds(spanOf(left!), spanOf(right!), run)]),
  );
}

function spanOf(value: Value): Span {
  return value instanceof Range ? value : { start: value, startIncluded: true, end: value, endIncluded: true };
}

function swapped(relation: Relation): Relation {
  return (left, right, run) => relation(right, left, run);
}

function either(left: Truth, right: Truth): Truth {
  if (left === true || right === true) return true;
  return left === null || right === null ? null : false;
}

function notBefore(a: Span, b: Span, run: Run): Truth {
  const found = before(a, b, run);
  return found === null ? null : !found;
}

function startsBefore(a: Span, b: Span, run: Run): Truth {
  return either(compare('<', a.start, b.start, run), both(compare('=', a.start, b.start, run), a.startIncluded && !b.startIncluded));
}

/** The start of the first is not before that of the second. */
function startsWithin(a: Span, b: Span, run: Run): Truth {
  return either(compare('>', a.start, b.start, run), both(compare('=', a.start, b.start, run), b.startIncluded || !a.startIncluded));
}

/** The end of the first is not after that of the second. */
function endsWithin(a: Span, b: Span, run: Run): Truth {
  return either(compare('<', a.end, b.end, run), both(compare('=', a.end, b.end, run), b.endIncluded || !a.endIncluded));
}
