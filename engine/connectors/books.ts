import type { JsonObject } from '../json';
import { type ConnectorSignature, instantSchema, moneySchema, objectOf, textOf } from './signature';

const order = textOf(100);
const vin: JsonObject = { type: 'string', pattern: '^[A-HJ-NPR-Z0-9]{17}$' };
const amount: JsonObject = { ...moneySchema, pattern: '^[0-9]{1,16}[.][0-9]{2}$', not: { pattern: '^0+[.]00$' } };
const vehicle = objectOf({ vin, model: { type: 'string' }, pledgedTo: { type: ['string', 'null'] } });

/** `sequence.next`: the next number of a sequence without gaps. */
export const sequenceSignature: ConnectorSignature = {
  input: objectOf({
    sequence: textOf(100),
    'period?': { enum: ['day', 'month', 'year'] },
    'prefix?': { type: 'string', maxLength: 50 },
    'digits?': { type: 'integer', minimum: 1, maximum: 15 },
  }),
  output: objectOf({ number: { type: 'integer' }, period: { type: 'string' }, text: { type: 'string' } }),
  errors: [],
};

/** `payment.book`: money that has come in for an order, under a reference of the bank that was never used. */
export const bookSignature: ConnectorSignature = {
  input: objectOf({ bank: textOf(100), reference: textOf(100), order, amount }),
  output: objectOf({ amount: moneySchema, paid: moneySchema, payments: { type: 'integer' } }),
  errors: ['payment.reference-used'],
};

/** `payment.refund`: a payment is given back; its reference stays used. */
export const refundSignature: ConnectorSignature = {
  input: objectOf({ bank: textOf(100), reference: textOf(100), reason: textOf(500) }),
  output: objectOf({ amount: moneySchema, paid: moneySchema, payments: { type: 'integer' } }),
  errors: ['payment.not-found'],
};

/** `vehicle.receive`: a vehicle comes into the stock. */
export const receiveSignature: ConnectorSignature = {
  input: objectOf({ vin, model: textOf(200), 'pledgedTo?': { type: ['string', 'null'], maxLength: 200 } }),
  output: vehicle,
  errors: ['vehicle.conflict'],
};

/** `vehicle.reserve`: a vehicle of the stock is held for an order: the one that is named, or the one of the model whose certificate is at hand and that has been there longest. */
export const reserveVehicleSignature: ConnectorSignature = {
  input: { ...objectOf({ order, 'vin?': vin, 'model?': textOf(200) }), anyOf: [{ required: ['vin'] }, { required: ['model'] }] },
  output: vehicle,
  errors: ['vehicle.not-available'],
};

/** `vehicle.release`: the vehicle of an order goes back into the stock. */
export const releaseVehicleSignature: ConnectorSignature = {
  input: objectOf({ order }),
  output: objectOf({ vin: { ...vin, type: ['string', 'null'] } }),
  errors: [],
};

/** `vehicle.deliver`: the vehicle of an order leaves the stock for ever. */
export const deliverSignature: ConnectorSignature = { input: objectOf({ order }), output: vehicle, errors: ['vehicle.not-available'] };

/** `vehicle.pledge`: the certificate of a vehicle is pledged to a bank, or to nobody any more. */
export const pledgeSignature: ConnectorSignature = {
  input: objectOf({ vin, to: { type: ['string', 'null'], maxLength: 200 } }),
  output: vehicle,
  errors: ['vehicle.not-found'],
};

/** `outbound.issue`: the numbered outbound order of an order, which has one at a time. */
export const issueSignature: ConnectorSignature = {
  input: objectOf({ order, 'prefix?': { type: 'string', maxLength: 20 } }),
  output: objectOf({ number: { type: 'string' }, issuedAt: instantSchema }),
  errors: ['outbound.conflict'],
};

/** `outbound.revoke`: an outbound order is taken back; its number stays used. */
export const revokeSignature: ConnectorSignature = {
  input: objectOf({ number: textOf(100), reason: textOf(500) }),
  output: objectOf({ number: { type: 'string' }, order: { type: 'string' } }),
  errors: ['outbound.not-found'],
};
