import type { JsonObject } from '../../engine/json';
import { checkFormData } from '../../engine/language/form-data';
import { processorMs } from '../setup/processor-time';

const schema: JsonObject = {
  type: 'object',
  required: ['amount'],
  properties: {
    amount: { type: 'string', format: 'money' },
    salesman: { type: 'string', format: 'user' },
    'a/b~c': { type: 'number' },
    on: { type: 'string', format: 'date' },
    customer: { type: 'object', properties: { name: { type: 'string' } } },
    lines: { type: 'array', items: { type: 'object', properties: { price: { type: 'string', format: 'money' } } } },
    anything: { type: 'object', properties: { x: {} }, additionalProperties: true },
  },
};
const errors = (data: unknown, locale: 'zh' | 'en' = 'en') =>
  checkFormData(schema, data, locale).map(({ pointer, code }) => `${pointer} ${code}`);

it.each([
  ['1800.00', true],
  ['-0.10', true],
  ['1800', false],
  ['1800.0', false],
  ['1,800.00', false],
  ['１８００.00', false],
  [' 1.00', false],
  ['1.00\n', false],
])('takes money as exact text: %j', (amount, right) => {
  expect(checkFormData(schema, { amount }, 'en').length === 0).toBe(right);
});

it('reports every error, with a pointer to its field', () => {
  const wrong = {
    'a/b~c': 'x',
    salesman: 'a b',
    on: '2026-02-30',
    customer: { name: 1, age: 2 },
    lines: [{ price: '1' }, { cost: 1 }],
    colour: 'red',
  };
  expect(errors(wrong).sort()).toEqual([
    '/amount required',
    '/a~1b~0c type',
    '/colour additional-properties',
    '/customer/age additional-properties',
    '/customer/name type',
    '/lines/0/price format',
    '/lines/1/cost additional-properties',
    '/on format',
    '/salesman format',
  ]);
  expect(errors({ amount: '1.00', anything: { y: 1 } })).toEqual([]);
  expect(errors('text')).toEqual([' type']);
  expect(errors(null)).toEqual([' type']);
});

it('closes composed forms as well, and reports the branch that failed', () => {
  const composed: JsonObject = {
    type: 'object',
    properties: { kind: { enum: ['cash', 'loan'] } },
    if: { properties: { kind: { const: 'loan' } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required: ['bank'], properties: { bank: { type: 'string' } } },
  };
  const codes = (data: unknown) => checkFormData(composed, data, 'en').map(({ pointer, code }) => `${pointer} ${code}`);
  expect(codes({ kind: 'loan', bank: 'ICBC' })).toEqual([]);
  expect(codes({ kind: 'loan' })).toEqual(['/bank required']);
  expect(codes({ kind: 'cash', colour: 1 })).toEqual(['/colour unevaluated-properties']);
});

it('speaks Chinese and English', () => {
  const text = (locale: 'zh' | 'en') => checkFormData(schema, { amount: 1, salesman: '' }, locale).map(({ message }) => message);
  expect(text('en')).toEqual(['must be string', 'must be a user name']);
  expect(text('zh')).toEqual(['应当是 string 类型', '应为用户名']);
});

it('searches patterns of people in linear time', () => {
  const withPattern = (pattern: string): JsonObject => ({ type: 'object', properties: { phone: { type: 'string', pattern } } });
  const codes = (pattern: string, phone: string) => checkFormData(withPattern(pattern), { phone }, 'en').map(({ code }) => code);
  expect(codes('^1[0-9]{10}$', '13800138000')).toEqual([]);
  expect(codes('^1[0-9]{10}$', '1380013800')).toEqual(['pattern']);
  expect(codes('^\\p{Han}+$', '王芳')).toEqual([]);
  expect(codes('0138', '13800138000')).toEqual([]);
  const ms = processorMs(() => expect(codes('^(a+)+$', `${'a'.repeat(50_000)}b`)).toEqual(['pattern']));
  expect(ms).toBeLessThan(2_000);
});
