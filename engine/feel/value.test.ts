import type { Json } from '../json';
import { Decimal } from './decimal';
import type { ValueType } from './expression';
import { Context, fromJson, toJson, type Value, valueTypeOf } from './value';

function roundTrip(json: Json, type: ValueType): Json {
  const written = toJson(fromJson(json, type), type);
  if (!written.ok) throw new Error(written.message);
  return written.value;
}

describe('a value is read and written by its type', () => {
  it.each<[Json, ValueType['kind'] & ('money' | 'date' | 'time' | 'dateTime' | 'duration' | 'number' | 'string' | 'any'), Json]>([
    ['1800.00', 'money', '1800.00'],
    ['1800', 'money', '1800.00'],
    [1800.5, 'money', '1800.50'],
    ['-0.004', 'money', '0.00'],
    ['1.005', 'money', '1.00'],
    ['1.015', 'money', '1.02'],
    ['12,5', 'money', null],
    ['9999999999999999.99', 'money', '9999999999999999.99'],
    ['2026-03-02', 'date', '2026-03-02'],
    ['2026-02-30', 'date', null],
    ['20260302', 'date', null],
    ['09:00', 'time', '09:00:00'],
    ['09:00:00.5+08:00', 'time', '09:00:00.5+08:00'],
    ['25:00:00', 'time', null],
    ['2026-03-02T09:00:00+08:00', 'dateTime', '2026-03-02T09:00:00+08:00'],
    ['2026-03-02T01:00:00Z', 'dateTime', '2026-03-02T01:00:00Z'],
    ['2026-03-02T09:00:00', 'dateTime', '2026-03-02T09:00:00'],
    ['yesterday', 'dateTime', null],
    ['PT4H', 'duration', 'PT4H'],
    ['P1Y2M', 'duration', 'P1Y2M'],
    ['P0M', 'duration', 'P0M'],
    ['PT0S', 'duration', 'PT0S'],
    ['-P1DT2H3M4.5S', 'duration', '-P1DT2H3M4.5S'],
    ['P', 'duration', null],
    ['P1YT1S', 'duration', null],
    [0.1, 'number', 0.1],
    [1e21, 'number', 1e21],
    [-0, 'number', 0],
    [123456789.123456, 'number', 123456789.123456],
    ['1800.00', 'string', '1800.00'],
    ['1800.00', 'any', '1800.00'],
    [null, 'money', null],
  ])('%j as %s is %j', (json, kind, written) => expect(roundTrip(json, { kind })).toEqual(written));

  it('through lists and contexts, member by member', () => {
    const type: ValueType = { kind: 'list', items: { kind: 'context', properties: { price: { kind: 'money' } } } };
    expect(roundTrip([{ price: '1', note: 2 }, null], type)).toEqual([{ price: '1.00', note: 2 }, null]);
  });
});

describe('without a wanted type', () => {
  it('a decimal is a number of at most 15 significant digits', () => {
    expect(toJson(new Decimal(1).div(3))).toEqual({ ok: true, value: 0.333333333333333 });
    expect(toJson(new Decimal('1800.00'))).toEqual({ ok: true, value: 1800 });
    expect(toJson(new Decimal('1e-400'))).toEqual({ ok: true, value: 0 });
    expect(toJson(new Decimal('1e400'))).toEqual({ ok: false, message: 'gave a number beyond the range of JSON numbers' });
  });
  it('an object that was read from JSON is that JSON', () => {
    const json = { price: '1.5' };
    expect(toJson(fromJson(json, { kind: 'context', properties: { price: { kind: 'money' } } }))).toEqual({ ok: true, value: json });
  });
});

describe('a value that does not fit', () => {
  it.each<[string, Value, ValueType, string]>([
    ['a string for money', '5', { kind: 'money' }, 'gave a string, not an amount of money'],
    ['a list for a context', [], { kind: 'context', properties: {} }, 'gave a list, not a context'],
    ['a number for a boolean', new Decimal(1), { kind: 'boolean' }, 'gave a number, not true or false'],
    ['a date for a time', fromJson('2026-03-02', { kind: 'date' }), { kind: 'time' }, 'gave a date, not a time'],
    ['a string for a date', '2026-03-02', { kind: 'date' }, 'gave a string, not a date'],
    ['an item of another type', ['a'], { kind: 'list', items: { kind: 'number' } }, 'gave a string, not a number'],
    ['too much money', new Decimal('1e16'), { kind: 'money' }, 'gave more money than 16 digits before the point can tell'],
  ])('is refused: %s', (_, value, type, message) => expect(toJson(value, type)).toEqual({ ok: false, message }));

  it('is refused when it nests too deep', () => {
    let deep: Value = [];
    for (let level = 0; level < 300; level += 1) deep = [deep];
    expect(toJson(deep)).toEqual({ ok: false, message: 'gave a value nested more than 200 deep' });
  });
});

describe('a context', () => {
  const source = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}');
  it('never shows or writes __proto__ and inherited properties', () => {
    const context = Context.ofJson(source, {});
    expect(context.names()).toEqual(['a']);
    expect([context.get('__proto__'), context.get('toString'), context.get('constructor')]).toEqual([null, null, null]);
    expect(toJson(Context.of(new Map<string, Value>([['__proto__', 'x']])))).toEqual({ ok: true, value: {} });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('the type of a schema', () => {
  it.each<[string, Json, ValueType]>([
    ['money', { type: 'string', format: 'money' }, { kind: 'money' }],
    ['a date', { type: 'string', format: 'date' }, { kind: 'date' }],
    ['a date and time', { type: 'string', format: 'date-time' }, { kind: 'dateTime' }],
    ['a user', { type: 'string', format: 'user' }, { kind: 'string' }],
    ['an unheard-of format', { type: 'string', format: 'constructor' }, { kind: 'string' }],
    ['an integer', { type: 'integer' }, { kind: 'number' }],
    ['a nullable duration', { type: ['string', 'null'], format: 'duration' }, { kind: 'duration' }],
    ['several types', { type: ['string', 'number'] }, { kind: 'any' }],
    ['no type', {}, { kind: 'any' }],
    ['a reference', { $ref: 'register:orders' }, { kind: 'any' }],
    ['true', true, { kind: 'any' }],
    ['a list', { type: 'array', items: { type: 'boolean' } }, { kind: 'list', items: { kind: 'boolean' } }],
    ['a list of anything', { type: 'array' }, { kind: 'list', items: { kind: 'any' } }],
    ['an object without properties', { type: ['object', 'null'] }, { kind: 'context', properties: {}, open: true }],
    [
      'an object with properties',
      { type: 'object', properties: { a: { type: 'number' } } },
      { kind: 'context', properties: { a: { kind: 'number' } } },
    ],
    ['properties alone', { properties: { a: {} } }, { kind: 'context', properties: { a: { kind: 'any' } } }],
    ['closed properties', { type: 'object', properties: {}, additionalProperties: false }, { kind: 'context', properties: {} }],
    ['open properties', { type: 'object', properties: {}, additionalProperties: true }, { kind: 'context', properties: {}, open: true }],
    [
      'typed additional properties',
      { type: 'object', properties: {}, additionalProperties: {} },
      { kind: 'context', properties: {}, open: true },
    ],
  ])('is read from %s', (_, schema, type) => expect(valueTypeOf(schema)).toEqual(type));
});
