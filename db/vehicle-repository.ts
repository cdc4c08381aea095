import { type EffectOrigin, EffectRefused } from './connector-effect';
import type { Transaction } from './database';

/** A vehicle of the stock; `pledgedTo` has its certificate. */
export interface StockVehicle {
  vin: string;
  model: string;
  pledgedTo: string | null;
}

const columns = 'vin, model, pledged_to as "pledgedTo"';
const changed = `changed_at = $2, changed_by = 'system', instance_key = $3, element_id = $4`;

function changeOf({ dealership, atMs, instanceKey, elementId }: EffectOrigin): unknown[] {
  return [dealership, new Date(atMs), instanceKey, elementId];
}

/**
 * Takes a vehicle into the stock.
 *
 * @throws EffectRefused `vehicle.conflict` where it is known, also where it was delivered
 */
export async function receiveVehicle(trx: Transaction, origin: EffectOrigin, vehicle: StockVehicle): Promise<StockVehicle> {
  const [row] = await trx.query<StockVehicle>(
    `insert into vehicle (dealership_id, changed_at, instance_key, element_id, vin, model, pledged_to, status, received_at, changed_by)
     values ($1, $2, $3, $4, $5, $6, $7, 'in-stock', $2, 'system') on conflict do nothing returning ${columns}`,
    [...changeOf(origin), vehicle.vin, vehicle.model, vehicle.pledgedTo],
  );
  if (row === undefined) throw new EffectRefused('vehicle.conflict', `vehicle "${vehicle.vin}" has been received before`);
  return row;
}

/**
 * Holds a vehicle for an order. An order that has one keeps it, where that is what is asked for.
 *
 * @throws EffectRefused `vehicle.not-available`
 */
export async function reserveVehicle(
  trx: Transaction,
  origin: EffectOrigin,
  wish: { order: string; vin?: string; model?: string },
): Promise<StockVehicle> {
  const { order, vin = null, model = null } = wish;
  // two steps of one order come after each other
  await trx.query('select pg_advisory_xact_lock(hashtextextended($1, 2))', [`order:${origin.dealership}:${order}`]);
  const [own] = await trx.query<StockVehicle>(`select ${columns} from vehicle where dealership_id = $1 and reserved_by = $2`, [
    origin.dealership,
    order,
  ]);
  if (own !== undefined) {
    if ((vin ?? own.vin) === own.vin && (model ?? own.model) === own.model) return own;
    throw new EffectRefused('vehicle.not-available', `order "${order}" has vehicle "${own.vin}"; release it first`);
  }
  // what another transaction holds may be free afterwards: it is waited for where nothing else is there
  for (const wait of vin === null ? ['skip locked', ''] : ['']) {
    const [row] = await trx.query<StockVehicle>(
      `update vehicle set status = 'reserved', reserved_by = $5, ${changed}
       where dealership_id = $1 and vin = (
         select vin from vehicle where dealership_id = $1 and status = 'in-stock' and ($6::text is null or vin = $6) and ($7::text is null or model = $7)
         order by pledged_to is not null, received_at, vin limit 1 for update ${wait}
       ) returning ${columns}`,
      [...changeOf(origin), order, vin, model],
    );
    if (row !== undefined) return row;
  }
  const wanted = vin === null ? `no vehicle of model "${model}" is` : `vehicle "${vin}" is not`;
  throw new EffectRefused('vehicle.not-available', `${wanted} free in the stock`);
}

/** Puts the vehicle that is held for an order back into the stock; gives its number, or null where none is held. One that was delivered stays so. */
export async function releaseVehicle(trx: Transaction, origin: EffectOrigin, order: string): Promise<string | null> {
  const [row] = await trx.query<{ vin: string }>(
    `update vehicle set status = 'in-stock', reserved_by = null, ${changed}
     where dealership_id = $1 and reserved_by = $5 and status = 'reserved' returning vin`,
    [...changeOf(origin), order],
  );
  return row?.vin ?? null;
}

/**
 * Notes that the vehicle of an order has left.
 *
 * @throws EffectRefused `vehicle.not-available` where none is held for the order
 */
export async function deliverVehicle(trx: Transaction, origin: EffectOrigin, order: string): Promise<StockVehicle> {
  const [row] = await trx.query<StockVehicle>(
    `update vehicle set status = 'delivered', ${changed} where dealership_id = $1 and reserved_by = $5 and status = 'reserved' returning ${columns}`,
    [...changeOf(origin), order],
  );
  if (row === undefined) throw new EffectRefused('vehicle.not-available', `no vehicle is held for order "${order}"`);
  return row;
}

/**
 * Notes who has a vehicle's certificate; null: nobody but the house.
 *
 * @throws EffectRefused `vehicle.not-found`
 */
export async function pledgeVehicle(trx: Transaction, origin: EffectOrigin, vin: string, to: string | null): Promise<StockVehicle> {
  const [row] = await trx.query<StockVehicle>(
    `update vehicle set pledged_to = $6, ${changed} where dealership_id = $1 and vin = $5 returning ${columns}`,
    [...changeOf(origin), vin, to],
  );
  if (row === undefined) throw new EffectRefused('vehicle.not-found', `there is no vehicle "${vin}"`);
  return row;
}
