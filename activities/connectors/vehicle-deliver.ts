import { deliverVehicle } from '../../db/vehicle-repository';
import { deliverSignature } from '../../engine/connectors/books';
import type { Connector } from '../connector';
import { onceInDatabase } from '../own-database';

/** `vehicle.deliver`: the vehicle that is held for an order has left. */
export const vehicleDeliver: Connector = {
  name: 'vehicle.deliver',
  ...deliverSignature,
  run: (input, attempt) =>
    onceInDatabase(attempt, 'vehicle.deliver', async (trx, origin) => ({ ...(await deliverVehicle(trx, origin, String(input.order))) })),
};
