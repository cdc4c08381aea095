import { receiveVehicle } from '../../db/vehicle-repository';
import { receiveSignature } from '../../engine/connectors/books';
import type { Connector } from '../connector';
import { onceInDatabase } from '../own-database';

/** `vehicle.receive`: a vehicle comes into the stock; a bank may have its certificate. */
export const vehicleReceive: Connector = {
  name: 'vehicle.receive',
  ...receiveSignature,
  run: (input, attempt) =>
    onceInDatabase(attempt, 'vehicle.receive', async (trx, origin) => {
      const pledgedTo = typeof input.pledgedTo === 'string' ? input.pledgedTo : null;
      return { ...(await receiveVehicle(trx, origin, { vin: String(input.vin), model: String(input.model), pledgedTo })) };
    }),
};
