import type { SystemActivities } from '../workflows/messages';

/** What connectors need of the process that runs them, beside the database. */
export interface Surroundings {
  network: NetworkRules;
  mail: MailSettings;
  /** The value of a secret of a dealership; undefined where it is not set. */
  secretOf(dealership: string, name: string): string | undefined;
  /** Begins the publication of a message under its id; one that has begun, or ended, is left as it is. */
  publish: SystemActivities['publishMessage'];
}

/** Which addresses a worker connects to. */
export interface NetworkRules {
  /** A server to try things out: TLS is not asked for, and this machine may be asked. */
  demo: boolean;
  /** Private networks that whoever runs the worker opens to connectors, such as `10.1.0.0/16`. */
  openNetworks: readonly string[];
}

/** How mail leaves. */
interface MailSettings {
  /** `smtp://` or `smtps://` with user and password; undefined: mails are written into the outbox. */
  smtpUrl?: string;
  /** Whom mails are from. */
  from: string;
  /** The folder of mails as files. */
  outbox: string;
}
