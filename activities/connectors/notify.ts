import { EffectRefused } from '../../db/connector-effect';
import { findPeople, type NotificationText, putNotifications } from '../../db/notification-repository';
import { notifySignature } from '../../engine/connectors/outside';
import type { JsonObject } from '../../engine/json';
import type { Connector } from '../connector';
import { onceInDatabase } from '../own-database';

/** `notify`: people find something in their inbox; who has a role is looked up at that moment. */
export const notify: Connector = {
  name: 'notify',
  ...notifySignature,
  run: ({ users = [], roles = [], ...told }, attempt) =>
    onceInDatabase(attempt, 'notify', async (trx, origin) => {
      const people = await findPeople(trx, origin.dealership, users as string[], roles as string[]);
      if (people.length === 0) {
        const asked = [...(users as string[]), ...(roles as string[])].map((name) => `"${name}"`).join(', ');
        throw new EffectRefused('notify.nobody', `nobody of "${origin.dealership}" is ${asked}; name users or roles that somebody has`);
      }
      await putNotifications(trx, origin, people, textOf(told));
      return { notified: people };
    }),
};

function textOf({ title, text, link, documents }: JsonObject): NotificationText {
  return {
    title: String(title),
    ...(text === undefined ? {} : { text: String(text) }),
    ...(link === undefined ? {} : { link: String(link) }),
    ...(documents === undefined ? {} : { documents: documents as string[] }),
  };
}
