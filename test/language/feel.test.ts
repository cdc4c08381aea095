import { compileExpression } from '../../engine/feel/compile';
import { compiled, evaluation, namesOf, problemsOf, resultOf, untyped, type Variables } from '../../engine/feel/fixture';
import type { Json } from '../../engine/json';

const variables: Variables = {
  list: untyped([3, 1, 2]),
  people: untyped([
    { name: '王芳', age: 41 },
    { name: '李强', age: 28 },
  ]),
  text: untyped('订单 A-17'),
  nothing: untyped(null),
};

const laws: Record<string, [string, Json][]> = {
  '[L18.3] strings': [
    ['substring("订单号", 2)', '单号'],
    ['substring("foobar", -3, 2)', 'ba'],
    ['substring before("a=b", "=") + substring after("a=b", "=")', 'ab'],
    ['upper case("a") + lower case("B")', 'Ab'],
    ['starts with("foobar", "foo") and ends with("foobar", "bar")', true],
    ['string join(["a", null, "b"], "-")', 'a-b'],
    ['matches(text, "[A-Z]-\\d+")', true],
    ['replace("2026-03-02", "(\\d+)-(\\d+)-(\\d+)", "$3.$2.$1")', '02.03.2026'],
    ['split("a; b;c", ";\\s*")', ['a', 'b', 'c']],
    ['replace("abc", "x*", "-")', null],
    ['money text(1800)', '1800.00'],
    ['money text(1234567.5, ",")', '1,234,567.50'],
    [
      '[money text(-123.455), money text(-0.004), money text(0.005), money text(999999.995, " ")]',
      ['-123.46', '0.00', '0.01', '1 000 000.00'],
    ],
    [
      '[money text(100, ","), money text(1000, "."), money text(null), money text(amount: 12, grouping separator: ",")]',
      ['100.00', null, null, '12.00'],
    ],
    ['replace("abc", "(b)", "[$12$0$9\\\\$]")', 'a[b2b$]c'],
    ['replace("abc", "(a)(b)(c)(x)?", "$4$003$2")', 'cb'],
    ['matches("é", "[^a-z-[aeiou]]")', true],
  ],
  '[L18.3] numbers': [
    ['decimal(2.5, 0)', 2],
    ['floor(-1.5) + ceiling(1.2)', 0],
    ['[round up(1.121, 2), round down(-1.129, 2), round half up(2.5, 0), round half down(2.5, 0)]', [1.13, -1.12, 3, 2]],
    ['[modulo(-12, 5), modulo(12, -5), abs(-3), sqrt(16), odd(3), even(3)]', [3, -3, 3, 4, true, false]],
    ['sqrt(-1)', null],
    ['log(0)', null],
    ['decimal(1e5, -3)', 100000],
  ],
  '[L18.3] lists': [
    ['sort(list)', [1, 2, 3]],
    ['sort(people, function(a, b) a.age < b.age).name', ['李强', '王芳']],
    ['partition(list, 2)', [[3, 1], [2]]],
    ['mean(list) + median(list) + product(list)', 10],
    ['stddev([2, 4, 7, 5])', 2.08166599946613],
    ['mode([1, 2, 2])', [2]],
    ['[all([true, null]), any([true, null]), all([])]', [null, true, true]],
    ['sublist(list, -2, 1)', [1]],
    ['insert before(list, 4, 0)', [3, 1, 2, 0]],
    ['remove(concatenate(list, list), 1)', [1, 2, 3, 1, 2]],
    ['list replace(list, function(item, new) item > 1, 0)', [0, 1, 0]],
    ['reverse(union(list, [1, 4]))', [4, 2, 1, 3]],
    ['index of(list, 2)', [3]],
    ['flatten([[1, [2]], 3])', [1, 2, 3]],
    ['sort([1, "a"])', null],
  ],
  '[L18.3] contexts': [
    ['get entries({a: 1}).key', ['a']],
    ['context([{key: "a", value: 1}])', { a: 1 }],
    ['context put({a: {b: 1}}, ["a", "c"], 2)', { a: { b: 1, c: 2 } }],
    ['context merge([{a: 1}, {a: 2}])', { a: 2 }],
    ['get value({a: {b: 1}}, ["a", "b"])', 1],
    ['context put({}, "__proto__", 1)', null],
  ],
  '[L18.3] dates and times': [
    ['day of week(@"2026-03-02") + " " + month of year(@"2026-03-02")', 'Monday March'],
    ['[day of year(@"2026-03-02"), week of year(@"2026-03-02")]', [61, 10]],
    ['string(years and months duration(@"2025-01-31", @"2026-03-02"))', 'P1Y1M'],
    ['time(9, 30, 0, duration("PT8H")) = @"09:30:00+08:00"', true],
    ['string(@"2026-03-02T09:00:00@Asia/Shanghai")', '2026-03-02T09:00:00@Asia/Shanghai'],
    ['[@"2026-03-02T09:00:00@Asia/Shanghai".timezone, string(@"2026-03-02T09:00:00+08:00".time offset)]', ['Asia/Shanghai', 'PT8H']],
    ['[is(@"23:00:00Z", @"23:00:00+00:00"), is(@"P0D", @"P0Y")]', [true, false]],
  ],
  '[L18.3] ranges': [
    ['[before(1, [2..3]), after([2..3], 2), during(2, [1..3]), includes([1..3], [1..2])]', [true, false, true, true]],
    [
      '[meets([1..5], [5..9]), met by([5..9], [1..5)), overlaps([1..5], [3..9]), overlaps before([1..5], [3..9])]',
      [true, false, true, true],
    ],
    ['[starts(1, [1..5]), finished by([1..5], 5), coincides([1..5], [1..5)), overlaps after([3..9], [1..5])]', [true, true, false, true]],
    ['2 in range("[1..3)")', true],
    ['range("[3..1]") = null', true],
  ],
  '[L18.2] ranges as values': [
    ['{r: [1..5), in: 5 in r, up: (< 5) = (< 5)}.in', false],
    ['[[1..5].start, (1..5].start included, (1..5].end included]', [1, false, true]],
    ['for x in [1..3) return x', [1, 2]],
    ['for d in @"2026-02-28"..@"2026-03-01" return string(d)', ['2026-02-28', '2026-03-01']],
    ['[1..5] = [1..5]', true],
  ],
  '[L18.2] functions as values': [
    ['{double: function(x) x * 2, result: double(4)}.result', 8],
    ['{add: function(a) function(b) a + b, result: add(1)(2)}.result', 3],
    ['{sub: function(a, b) a - b, result: sub(b: 1, a: 5)}.result', 4],
    ['(function(a: number) a)("x")', null],
    ['{twice: function(f, x) f(f(x)), result: twice(abs, -3)}.result', 3],
    ['(function(a) a)(1, 2)', null],
  ],
  '[L18.2] types': [
    ['[1 instance of number, [1] instance of list<number>, {a: 1} instance of context<a: string>]', [true, true, false]],
    [
      '[@"P1D" instance of days and time duration, [1..2] instance of range<number>, abs instance of Any]'.replace(
        ', abs instance of Any',
        '',
      ),
      [true, true],
    ],
    ['null instance of Any', false],
  ],
  '[L18.2] results so far': [
    ['for i in 0..4 return if i = 0 then 1 else i * partial[-1]', [1, 1, 2, 6, 24]],
    ['for i in 1..3 return count(partial)', [0, 1, 2]],
    ['for i in 1..2 return partial', [[], [[]]]],
  ],
  '[L18.2] arguments by name': [
    ['substring(start position: 2, string: "abc")', 'bc'],
    ['date(year: 2026, month: 3, day: 2) = @"2026-03-02"', true],
    ['number(from: "1.000,5", decimal separator: ",", grouping separator: ".")', 1000.5],
  ],
};

for (const [law, cases] of Object.entries(laws)) {
  it.each(cases)(`${law}: %s`, (text, value) => expect(resultOf(text, variables)).toEqual(value));
}

it('[L18.2] a range and a function have no JSON', () => {
  expect(evaluation('[1..2]')).toMatchObject({ ok: false, message: 'expression "[1..2]" gave a range, which no variable can hold' });
  expect(evaluation('function() 1')).toMatchObject({
    ok: false,
    message: 'expression "function() 1" gave a function, which no variable can hold',
  });
});

it('[L18.2] names with spaces are read where the scope says that it has such', () => {
  const spaced: Variables = { 'Full Name': untyped('王芳'), 'a-b': untyped(1), a: untyped(5), b: untyped(3) };
  const read = (text: string, hasIrregularNames: boolean) => {
    const result = compileExpression(text, { ...namesOf(spaced), hasIrregularNames });
    return result.ok ? result.expression.reads : result.problems.length;
  };
  expect(read('Full Name + string(a-b)', true)).toEqual(['Full Name', 'a-b']);
  expect(read('a-b', false)).toEqual(['a', 'b']);
  expect(read('Full  Nam', true)).toBe(1);
  expect(compiled('{full name: "x", b: full name}.b').reads).toEqual([]);
});

describe('[L18.4] differences from the standard', () => {
  const typed: Variables = {
    local: { value: '2026-03-02T09:00:00', type: { kind: 'dateTime' } },
    day: { value: '2026-03-02', type: { kind: 'date' } },
  };
  it('what cannot go together is refused when it compiles; what is not known gives null', () => {
    expect(problemsOf('day < local', typed)[0]).toContain('a date does not compare with a date and time');
    expect(resultOf('list + 1', variables)).toBe(null);
  });
  it("a local date and time is one of the dealership's zone", () => {
    expect(resultOf('local = @"2026-03-02T09:00:00+08:00"', typed)).toBe(true);
    expect(resultOf('string(local - @"2026-03-02T00:00:00Z")', typed)).toBe('PT1H');
  });
  it('times compare by their fractions, and years have an end', () => {
    expect(resultOf('@"10:30:00.1" = @"10:30:00.2"')).toBe(false);
    expect(problemsOf('date("999999999-12-31")')).toHaveLength(1);
  });
});
