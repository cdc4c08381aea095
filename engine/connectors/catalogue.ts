import {
  bookSignature,
  deliverSignature,
  issueSignature,
  pledgeSignature,
  receiveSignature,
  refundSignature,
  releaseVehicleSignature,
  reserveVehicleSignature,
  revokeSignature,
  sequenceSignature,
} from './books';
import {
  mailSignature,
  noopSignature,
  notifySignature,
  publishSignature,
  readXlsxSignature,
  requestSignature,
  uploadSignature,
} from './outside';
import {
  deleteSignature,
  findSignature,
  insertSignature,
  releaseSignature,
  reserveSignature,
  updateSignature,
  upsertSignature,
} from './register';
import type { ConnectorSignature } from './signature';

/** Every connector that a `serviceTask` may name, with what it takes and gives. */
export const CONNECTOR_SIGNATURES: ReadonlyMap<string, ConnectorSignature> = new Map([
  ['file.readXlsx', readXlsxSignature],
  ['file.upload', uploadSignature],
  ['http.request', requestSignature],
  ['mail.send', mailSignature],
  ['message.publish', publishSignature],
  ['notify', notifySignature],
  ['outbound.issue', issueSignature],
  ['outbound.revoke', revokeSignature],
  ['payment.book', bookSignature],
  ['payment.refund', refundSignature],
  ['register.delete', deleteSignature],
  ['register.find', findSignature],
  ['register.insert', insertSignature],
  ['register.release', releaseSignature],
  ['register.reserve', reserveSignature],
  ['register.update', updateSignature],
  ['register.upsert', upsertSignature],
  ['sequence.next', sequenceSignature],
  ['system.noop', noopSignature],
  ['vehicle.deliver', deliverSignature],
  ['vehicle.pledge', pledgeSignature],
  ['vehicle.receive', receiveSignature],
  ['vehicle.release', releaseVehicleSignature],
  ['vehicle.reserve', reserveVehicleSignature],
]);
