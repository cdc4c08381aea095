import { updateSignature } from '../../engine/connectors/register';
import { changeByConnector } from '../change-row';
import type { Connector } from '../connector';

/** `register.update`: sets columns of a row that is there; null takes a value away. */
export const registerUpdate: Connector = {
  name: 'register.update',
  ...updateSignature,
  run: (input, attempt) => changeByConnector(attempt, 'update', input),
};
