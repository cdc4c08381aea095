import { upsertSignature } from '../../engine/connectors/register';
import { changeByConnector } from '../change-row';
import type { Connector } from '../connector';

/** `register.upsert`: sets columns of a row, which is added where it is not there. */
export const registerUpsert: Connector = {
  name: 'register.upsert',
  ...upsertSignature,
  run: (input, attempt) => changeByConnector(attempt, 'upsert', input),
};
