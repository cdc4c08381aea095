import type { Logger } from 'pino';
import type { Database } from '../db/database';
import type { MessageAddress } from '../db/message-repository';
import type { CaseGateway } from './case-gateway';
import type { Compiler } from './compiler/compiler';
import type { Rehearsal } from './rehearsal';

/** What the API is made of. */
export interface Parts {
  db: Database;
  gateway: CaseGateway;
  /** Milliseconds since the epoch. */
  clock: () => number;
  logger: Logger;
  /**
   * Sees to the delivery of messages whose subscription has just been written. It is not waited for, and the sweeper repeats it, so it
   * must do no harm twice.
   */
  deliverMatched: (messages: MessageAddress[]) => Promise<void>;
  /** Compiles uploads; absent: the application has one of its own, which begins with the first upload and ends with the program. */
  compiler?: Compiler;
  /** Moves the clocks of cases and answers their connectors; absent but on a server of virtual time. */
  rehearsal?: Rehearsal;
  settings: ApiSettings;
}

interface ApiSettings {
  /** Tests check the answers against the contract as well. */
  validateResponses?: boolean;
  /** How long a session's look-up is kept; 5 s by default. A disabled account works on for so long. */
  sessionCacheMs?: number;
  /** How long a log-in lasts; 12 h by default. */
  sessionLifetimeMs?: number;
  /** Failed log-ins of one user name and address before it must wait; 10 by default, one more each 10 s. */
  loginAttempts?: number;
  /** Where the API stands behind a proxy: Express's `trust proxy`. */
  trustProxy?: boolean | number | string;
}
