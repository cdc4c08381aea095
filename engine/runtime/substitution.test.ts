import { overlaps, type SubstitutionRule, substitutesFor } from './substitution';

const rule = (more: Partial<SubstitutionRule> = {}): SubstitutionRule => ({
  principal: 'li',
  substitute: 'wang',
  fromMs: 100,
  untilMs: 200,
  processIds: null,
  ...more,
});

describe('substitution', () => {
  it('holds from its beginning until before its end, for the processes that it names', () => {
    const rules = [rule(), rule({ substitute: 'anna', processIds: ['order'] })];
    expect(substitutesFor(rules, 'li', 'order', 100)).toEqual(['anna', 'wang']);
    expect(substitutesFor(rules, 'li', 'other', 199)).toEqual(['wang']);
    expect(substitutesFor(rules, 'li', 'order', 99)).toEqual([]);
    expect(substitutesFor(rules, 'li', 'order', 200)).toEqual([]);
    expect(substitutesFor(rules, 'wang', 'order', 150)).toEqual([]);
  });

  it('makes no chains: the substitute of a substitute has nothing to do', () => {
    const rules = [rule(), rule({ principal: 'wang', substitute: 'anna' })];
    expect(substitutesFor(rules, 'li', 'order', 150)).toEqual(['wang']);
  });

  it('overlaps where one principal has two rules for one process at one time', () => {
    expect(overlaps(rule(), rule({ fromMs: 199, untilMs: 300 }))).toBe(true);
    expect(overlaps(rule(), rule({ fromMs: 200, untilMs: 300 }))).toBe(false);
    expect(overlaps(rule({ processIds: ['a'] }), rule({ processIds: ['b'] }))).toBe(false);
    expect(overlaps(rule({ processIds: ['a'] }), rule())).toBe(true);
    expect(overlaps(rule(), rule({ principal: 'anna' }))).toBe(false);
  });
});
