import { doOnce, EffectRefused } from '../../db/connector-effect';
import { findMailAddresses } from '../../db/mail-addresses';
import { findPeople } from '../../db/notification-repository';
import { mailSignature } from '../../engine/connectors/outside';
import type { JsonObject } from '../../engine/json';
import type { Attempt, Connector } from '../connector';
import { documentsOf } from '../outside/documents';
import { sendMail } from '../outside/mail';
import { inDatabase } from '../own-database';

/** Recipients of one mail, as for addresses that are named. */
const MOST = 100;

/** `mail.send`: a mail goes out, or into the outbox where no mail server is set. */
export const mailSend: Connector = {
  name: 'mail.send',
  ...mailSignature,
  run: async (input, attempt) => {
    const { cc, subject, text, html, attachments } = input;
    const sent = await sendMail(attempt, {
      to: await recipientsOf(input, attempt),
      ...(cc === undefined ? {} : { cc: cc as string[] }),
      subject: String(subject),
      text: String(text),
      ...(html === undefined ? {} : { html: String(html) }),
      attachments: await documentsOf(attempt, (attachments ?? []) as string[]),
    });
    return { ...sent };
  },
};

/** The addresses that are named, and those of the people, as the first try has found them: a repetition goes to the same. */
async function recipientsOf({ to = [], users = [], roles = [] }: JsonObject, attempt: Attempt): Promise<string[]> {
  const [named, asked] = [to as string[], [...(users as string[]), ...(roles as string[])]];
  if (asked.length === 0) return named;
  return inDatabase(attempt, async (trx, origin) => {
    const { dealership } = origin;
    const own = { ...origin, idempotencyKey: `${origin.idempotencyKey}:plan` };
    const planned = await doOnce(trx, own, 'mail.send', async () => {
      const people = await findPeople(trx, dealership, users as string[], roles as string[]);
      const addresses = (await findMailAddresses(trx, dealership, people)).flatMap(({ mail }) => mail ?? []);
      const all = [...new Set([...named, ...addresses])];
      if (all.length === 0) {
        const whom = asked.map((name) => `"${name}"`).join(', ');
        const remedy = 'give them one under "users" of its document';
        throw new EffectRefused('mail.no-address', `nobody of "${dealership}" who is ${whom} has a mail address; ${remedy}`);
      }
      if (all.length > MOST)
        throw new EffectRefused('mail.refused', `the mail has ${all.length} recipients, more than ${MOST}; name fewer`);
      return all;
    });
    return planned as string[];
  });
}
