import type { Connector } from '../connector';
import { documentRender } from './document-render';
import { fileReadXlsx } from './file-read-xlsx';
import { fileUpload } from './file-upload';
import { httpRequest } from './http-request';
import { mailSend } from './mail-send';
import { messagePublish } from './message-publish';
import { noop } from './noop';
import { notify } from './notify';
import { outboundIssue } from './outbound-issue';
import { outboundRevoke } from './outbound-revoke';
import { paymentBook } from './payment-book';
import { paymentRefund } from './payment-refund';
import { registerDelete } from './register-delete';
import { registerFind } from './register-find';
import { registerInsert } from './register-insert';
import { registerRelease } from './register-release';
import { registerReserve } from './register-reserve';
import { registerUpdate } from './register-update';
import { registerUpsert } from './register-upsert';
import { reportDeliver } from './report-deliver';
import { reportRun } from './report-run';
import { sequenceNext } from './sequence-next';
import { vehicleDeliver } from './vehicle-deliver';
import { vehiclePledge } from './vehicle-pledge';
import { vehicleReceive } from './vehicle-receive';
import { vehicleRelease } from './vehicle-release';
import { vehicleReserve } from './vehicle-reserve';

/** Every connector that a definition may name. */
export const CONNECTORS: readonly Connector[] = [
  documentRender,
  fileReadXlsx,
  fileUpload,
  httpRequest,
  mailSend,
  messagePublish,
  noop,
  notify,
  outboundIssue,
  outboundRevoke,
  paymentBook,
  paymentRefund,
  registerDelete,
  registerFind,
  registerInsert,
  registerRelease,
  registerReserve,
  registerUpdate,
  registerUpsert,
  reportDeliver,
  reportRun,
  sequenceNext,
  vehicleDeliver,
  vehiclePledge,
  vehicleReceive,
  vehicleRelease,
  vehicleReserve,
];
