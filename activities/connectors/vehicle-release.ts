import { releaseVehicle } from '../../db/vehicle-repository';
import { releaseVehicleSignature } from '../../engine/connectors/books';
import type { Connector } from '../connector';
import { onceInDatabase } from '../own-database';

/** `vehicle.release`: the vehicle that is held for an order is free again. */
export const vehicleRelease: Connector = {
  name: 'vehicle.release',
  ...releaseVehicleSignature,
  run: (input, attempt) =>
    onceInDatabase(attempt, 'vehicle.release', async (trx, origin) => ({ vin: await releaseVehicle(trx, origin, String(input.order)) })),
};
