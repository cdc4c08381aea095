import { Pseudonyms } from '../../cli/recording/pseudonyms';
import type { JsonObject } from '../../engine/json';
import { checkFormData } from '../../engine/language/form-data';

const schema: JsonObject = {
  type: 'object',
  properties: {
    customer: { type: 'string', maxLength: 100, personal: true },
    phone: { type: 'string', pattern: '^1[3-9][0-9]{9}$', personal: true },
    plate: { type: 'string', pattern: '^[京粤沪][A-Z][A-Z0-9]{5}$', personal: true },
    identity: { type: 'string', pattern: '^[0-9]{17}[0-9X]$', personal: true },
    email: { type: 'string', format: 'email', personal: true },
    born: { type: 'string', format: 'date', personal: true },
    gender: { type: 'string', enum: ['male', 'female', 'other'], personal: true },
    income: { type: 'integer', minimum: 1_000, maximum: 99_999, personal: true },
    account: { type: 'string', format: 'uuid', personal: true },
    address: { type: 'object', personal: true, properties: { city: { type: 'string' }, street: { type: 'string' } } },
    children: { type: 'array', items: { type: 'string', personal: true } },
    price: { type: 'string', format: 'money' },
    clerk: { type: 'string', format: 'user', personal: true },
  },
};

const data = {
  customer: '王小芳',
  phone: '13812345678',
  plate: '粤A12B45',
  identity: '44010619900101001X',
  email: 'fang@example.com',
  born: '1990-01-01',
  gender: 'female',
  income: 12_500,
  account: '7f8a1c2e-0b1d-4e3f-8a5b-6c7d8e9f0a1b',
  address: { city: '广州市', street: 'Tianhe Road 1' },
  children: ['王大毛', '王二毛'],
  price: '258000.00',
  clerk: 'clerk@tianhe',
};

describe('[L10.13] pseudonyms', () => {
  const masked = new Pseudonyms('key').maskData(schema, data) as typeof data;

  it('fit the schema of what they stand for', () => {
    expect(checkFormData(schema, masked, 'en')).toEqual([]);
  });

  it('are nowhere what they stand for, but for people who work with the case and what is not personal', () => {
    const { price, clerk, gender: _, ...personal } = masked;
    expect([price, clerk]).toEqual(['258000.00', 'clerk@tianhe']);
    const texts = JSON.stringify(personal);
    for (const text of [
      '王小芳',
      '13812345678',
      '粤A12B45',
      '44010619900101001X',
      'fang',
      '1990-01-01',
      '12500',
      '7f8a1c2e',
      '广州',
      'Tianhe',
      '毛',
    ]) {
      expect(texts).not.toContain(text);
    }
  });

  it('are the same for the same value and key, and others with another key', () => {
    expect(new Pseudonyms('key').maskData(schema, data)).toEqual(masked);
    expect(new Pseudonyms('another').maskData(schema, data)).not.toEqual(masked);
  });

  it('stand wherever else the text stands, whole or in part', () => {
    const pseudonyms = new Pseudonyms('key');
    const { customer } = pseudonyms.maskData(schema, { customer: data.customer }) as { customer: string };
    const words = { reason: `${data.customer} 要求退款`, receivedBy: data.customer, price: 1 };
    expect(pseudonyms.maskTexts(words)).toEqual({ reason: `${customer} 要求退款`, receivedBy: customer, price: 1 });
  });

  it('leave alone what the schema does not know', () => {
    expect(new Pseudonyms('key').maskData(undefined, data)).toEqual(data);
    expect(new Pseudonyms('key').maskData({ type: 'object' }, data)).toEqual(data);
  });
});
