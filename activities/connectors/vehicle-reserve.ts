import { reserveVehicle } from '../../db/vehicle-repository';
import { reserveVehicleSignature } from '../../engine/connectors/books';
import type { Connector } from '../connector';
import { onceInDatabase } from '../own-database';

/** `vehicle.reserve`: a vehicle of the stock is held for an order, and for no other. */
export const vehicleReserve: Connector = {
  name: 'vehicle.reserve',
  ...reserveVehicleSignature,
  run: (input, attempt) =>
    onceInDatabase(attempt, 'vehicle.reserve', async (trx, origin) => {
      const { vin, model } = input;
      const wish = { ...(vin === undefined ? {} : { vin: String(vin) }), ...(model === undefined ? {} : { model: String(model) }) };
      return { ...(await reserveVehicle(trx, origin, { order: String(input.order), ...wish })) };
    }),
};
