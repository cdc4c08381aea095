import { insertSignature } from '../../engine/connectors/register';
import { changeByConnector } from '../change-row';
import type { Connector } from '../connector';

/** `register.insert`: adds a row that is not there; columns that are not named have their defaults. */
export const registerInsert: Connector = {
  name: 'register.insert',
  ...insertSignature,
  run: (input, attempt) => changeByConnector(attempt, 'insert', input),
};
