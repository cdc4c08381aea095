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
import { renderSignature } from './documents';
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
import { deliverReportSignature, runSignature } from './reports';
import type { ConnectorSignature } from './signature';

/** The error of a connector all of whose tries are spent. */
export const TRIES_SPENT = 'connector.failed';

/** Every connector that a `serviceTask` may name, with what it takes and gives. */
export const CONNECTOR_SIGNATURES: ReadonlyMap<string, ConnectorSignature> = new Map([
  ['document.render', renderSignature],
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
  ['report.deliver', deliverReportSignature],
  ['report.run', runSignature],
  ['sequence.next', sequenceSignature],
  ['system.noop', noopSignature],
  ['vehicle.deliver', deliverSignature],
  ['vehicle.pledge', pledgeSignature],
  ['vehicle.receive', receiveSignature],
  ['vehicle.release', releaseVehicleSignature],
  ['vehicle.reserve', reserveVehicleSignature],
]);

/** Whether a connector may throw the error; one that is not known may throw any. `<status>` in a code stands for a number. */
export function mayThrow(connector: string, code: string): boolean {
  const signature = CONNECTOR_SIGNATURES.get(connector);
  if (signature === undefined || code === TRIES_SPENT) return true;
  return signature.errors.some((known) => known === code || (known.endsWith('<status>') && isStatusOf(known, code)));
}

function isStatusOf(known: string, code: string): boolean {
  const prefix = known.slice(0, -'<status>'.length);
  return code.startsWith(prefix) && /^[345]\d\d$/u.test(code.slice(prefix.length));
}
