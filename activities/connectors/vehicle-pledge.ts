import { pledgeVehicle } from '../../db/vehicle-repository';
import { pledgeSignature } from '../../engine/connectors/books';
import type { Connector } from '../connector';
import { onceInDatabase } from '../own-database';

/** `vehicle.pledge`: who has the certificate of a vehicle; null: the house. */
export const vehiclePledge: Connector = {
  name: 'vehicle.pledge',
  ...pledgeSignature,
  run: (input, attempt) =>
    onceInDatabase(attempt, 'vehicle.pledge', async (trx, origin) => ({
      ...(await pledgeVehicle(trx, origin, String(input.vin), typeof input.to === 'string' ? input.to : null)),
    })),
};
