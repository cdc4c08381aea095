import { mailSignature } from '../../engine/connectors/outside';
import type { Connector } from '../connector';
import { documentsOf } from '../outside/documents';
import { sendMail } from '../outside/mail';

/** `mail.send`: a mail goes out, or into the outbox where no mail server is set. */
export const mailSend: Connector = {
  name: 'mail.send',
  ...mailSignature,
  run: async ({ to, cc, subject, text, html, attachments }, attempt) => {
    const sent = await sendMail(attempt, {
      to: to as string[],
      ...(cc === undefined ? {} : { cc: cc as string[] }),
      subject: String(subject),
      text: String(text),
      ...(html === undefined ? {} : { html: String(html) }),
      attachments: await documentsOf(attempt, (attachments ?? []) as string[]),
    });
    return { ...sent };
  },
};
