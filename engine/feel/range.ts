import type { Comparator } from './tree';
import type { Value } from './value';

/** A FEEL range (DMN 1.5 §10.3.2.7). One that a comparison alone makes, such as `< 10`, keeps it, and equals only its like. */
export class Range {
  constructor(
    /** Null where there is no lower end. */
    readonly start: Value,
    readonly startIncluded: boolean,
    /** Null where there is no upper end. */
    readonly end: Value,
    readonly endIncluded: boolean,
    /** The comparison that made it; null for a range with two ends. */
    readonly comparator: Comparator | null = null,
  ) {}

  /** The range of all values that compare so with the given one. */
  static of(comparator: Comparator, value: Value): Range {
    const below = comparator === '<' || comparator === '<=';
    const above = comparator === '>' || comparator === '>=';
    return new Range(
      below ? null : value,
      comparator === '>=' || comparator === '=',
      above ? null : value,
      comparator === '<=' || comparator === '=',
      comparator,
    );
  }
}

/** The members that a path may name on a range (DMN 1.5 §10.3.2.7). */
export const rangeMembers = ['start', 'start included', 'end', 'end included'] as const;

/** A member of a range; null for any other name. */
export function rangeMember(range: Range, name: string): Value {
  switch (name) {
    case 'start':
      return range.start;
    case 'end':
      return range.end;
    case 'start included':
      return range.startIncluded;
    default:
      return name === 'end included' ? range.endIncluded : null;
  }
}
