import { breach, type Constraint } from './constraint';

const order: Constraint = {
  type: 'object',
  additionalProperties: false,
  required: ['number'],
  properties: {
    number: { type: 'string', minLength: 2, maxLength: 4 },
    price: { type: 'string', format: 'money', minimum: 0, multipleOf: 0.05 },
    phones: { type: 'array', minItems: 1, maxItems: 2, uniqueItems: true, items: { type: 'string', pattern: '^1[0-9]{10}$' } },
    place: { type: 'object', properties: { x: { type: 'integer' } } },
  },
};

describe('[L2.3] a constraint of a variable', () => {
  it.each<[unknown, Constraint, string]>([
    [{ number: 'A' }, order, '"v.number" has to be at least 2 characters long, and is "A"'],
    [{ number: '😀😀😀😀' }, order, ''],
    [{ number: '😀😀😀😀😀' }, order, '"v.number" has to be at most 4 characters long, and is "😀😀😀😀😀"'],
    [{}, order, '"v.number" has to have a value'],
    [{ number: null }, order, '"v.number" has to have a value'],
    [{ number: 'AB', colour: 'red' }, order, '"v" has no field "colour": allowed are number, price, phones, place'],
    [{ number: 'AB', price: '-0.05' }, order, '"v.price" has to be at least 0, and is "-0.05"'],
    [{ number: 'AB', price: '1.5' }, order, '"v.price" has to be an amount with two decimals such as "1800.00", and is "1.5"'],
    [{ number: 'AB', price: '9007199254740993.02' }, order, '"v.price" has to be a multiple of 0.05, and is "9007199254740993.02"'],
    [{ number: 'AB', price: '9007199254740993.05' }, order, ''],
    [{ number: 'AB', phones: [] }, order, '"v.phones" has to hold at least 1 item, and holds 0'],
    [{ number: 'AB', phones: ['1', '2', '3'] }, order, '"v.phones" has to hold at most 2 items, and holds 3'],
    [
      { number: 'AB', phones: ['13800138000', '13800138000'] },
      order,
      '"v.phones" has to hold no item twice, and item 2 repeats "13800138000"',
    ],
    [{ number: 'AB', phones: ['13800138000', '110'] }, order, '"v.phones[2]" has to be a text that matches "^1[0-9]{10}$", and is "110"'],
    [{ number: 'AB', place: { x: 1.5 } }, order, '"v.place.x" has to be a whole number, and is 1.5'],
    [[], order, '"v" has to be an object, and is []'],
    [0.3, { type: 'number', multipleOf: 0.1 }, ''],
    [0.35, { type: 'number', multipleOf: 0.1 }, '"v" has to be a multiple of 0.1, and is 0.35'],
    [3, { exclusiveMinimum: 3 }, '"v" has to be more than 3, and is 3'],
    [3, { exclusiveMaximum: 3 }, '"v" has to be less than 3, and is 3'],
    [3.01, { maximum: 3 }, '"v" has to be at most 3, and is 3.01'],
    ['c', { enum: ['a', 'b'] }, '"v" has to be one of "a", "b", and is "c"'],
    [{ b: 1, a: [2] }, { enum: [{ a: [2], b: 1 }] }, ''],
    ['b', { const: 'a' }, '"v" has to be "a", and is "b"'],
    [1, { type: ['string', 'boolean'] }, '"v" has to be a text or true or false, and is 1'],
    [null, { type: 'string', enum: ['a'] }, ''],
    [{ a: 1 }, { type: 'object' }, ''],
    [{ a: 1 }, { type: 'object', properties: {} }, ''],
    ['2026-02-30', { format: 'date' }, '"v" has to be a date such as "2026-03-02", and is "2026-02-30"'],
    ['2026-03-02T09:00', { format: 'date-time' }, ''],
    ['morgen', { format: 'date-time' }, '"v" has to be a date and time such as "2026-03-02T09:00:00+08:00", and is "morgen"'],
    ['25:00:00', { format: 'time' }, '"v" has to be a time such as "09:00:00", and is "25:00:00"'],
    ['4h', { format: 'duration' }, '"v" has to be a duration such as "PT4H", and is "4h"'],
    ['anna @tianhe', { format: 'user' }, '"v" has to be a user name, and is "anna @tianhe"'],
    ['anna', { format: 'email' }, '"v" has to be an e-mail address, and is "anna"'],
    ['a b', { format: 'uri' }, '"v" has to be an address such as "https://example.com/a", and is "a b"'],
    ['1', { format: 'uuid' }, '"v" has to be a UUID, and is "1"'],
  ])('%j', (value, constraint, message) => {
    expect(breach(value as Parameters<typeof breach>[0], constraint, 'v') ?? '').toBe(message);
  });

  it('shows no more of a long value and of many values than a line', () => {
    const message = breach('x'.repeat(10_000), { enum: Array.from({ length: 500 }, (_, index) => `option-${index}`) }, 'v') ?? '';
    expect(message).toContain('or 490 others');
    expect(message.length).toBeLessThan(400);
  });
});
