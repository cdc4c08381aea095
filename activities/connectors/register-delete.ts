import { deleteSignature } from '../../engine/connectors/register';
import { changeByConnector } from '../change-row';
import type { Connector } from '../connector';

/** `register.delete`: deletes a row that no other refers to; its history stays. */
export const registerDelete: Connector = {
  name: 'register.delete',
  ...deleteSignature,
  run: (input, attempt) => changeByConnector(attempt, 'delete', input),
};
