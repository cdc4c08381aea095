import { publishSignature } from '../../engine/connectors/outside';
import { timeToLiveMs } from '../../engine/connectors/time-to-live';
import type { JsonObject } from '../../engine/json';
import type { Connector } from '../connector';

/** `message.publish`: a message on its way, as the API publishes one; the id makes a repetition the same one. */
export const messagePublish: Connector = {
  name: 'message.publish',
  ...publishSignature,
  run: async ({ name, key = '', variables = {}, ttl }, { dealership, instanceKey, idempotencyKey, surroundings }) => {
    await surroundings.publish({
      dealership,
      messageId: idempotencyKey,
      name: String(name),
      correlationKey: String(key),
      variables: variables as JsonObject,
      timeToLiveMs: timeToLiveMs(ttl as string | undefined) ?? 0,
      actor: { user: `case:${instanceKey}`, roles: [] },
    });
    return { messageId: idempotencyKey };
  },
};
