import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import { createTransport, type SendMailOptions, type SentMessageInfo } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport';
import { doOnce, EffectRefused, inPatientTransaction } from '../../db/connector-effect';
import { type Attempt, bpmnError } from '../connector';

/** A mail that is to go out. */
export interface Mail {
  to: string[];
  cc?: string[];
  subject: string;
  text: string;
  html?: string;
  attachments?: { name: string; mediaType: string; content: Buffer }[];
}

/** What the mail server took of a mail. */
export interface SentMail {
  /** The same for every repetition: a mail system or a reader can tell one. */
  messageId: string;
  accepted: string[];
  rejected: string[];
}

/** Bytes of one mail at most, as mail servers commonly have it. */
const MAX_MAIL_BYTES = 26_214_400;
const SILENCE_MS = 20_000;
/** What one mail may take: less than PostgreSQL lets the transaction wait in which it is noted. */
const LONGEST_MS = 45_000;
/** Mails that a worker sends at the same time: each holds a connection to the database meanwhile. */
const AT_ONCE = 4;

/**
 * Sends a mail once. Repetitions of the attempt's key wait for each other and get the first answer. Only where the worker dies between the mail server's
 * yes and the note of it the mail goes out again, with the same `Message-ID`.
 *
 * @throws the BPMN error `mail.refused` where no recipient, or the mail itself, is taken for good
 */
export async function sendMail(attempt: Attempt, mail: Mail): Promise<SentMail> {
  const { db, dealership, idempotencyKey, instanceKey, elementId } = attempt;
  const origin = { dealership, idempotencyKey, instanceKey, elementId, atMs: Date.now() };
  const sent = await inTurn(() =>
    inPatientTransaction(db, dealership, (trx) => doOnce(trx, origin, 'mail.send', async () => ({ ...(await deliver(attempt, mail)) }))),
  ).catch((error) => {
    throw error instanceof EffectRefused ? bpmnError(error.code, error.message) : error;
  });
  return sent as unknown as SentMail;
}

let sending = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (sending >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else sending += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) sending -= 1;
    else next();
  }
}

async function deliver(attempt: Attempt, mail: Mail): Promise<SentMail> {
  const { from, smtpUrl, outbox } = attempt.surroundings.mail;
  attempt.signal.throwIfAborted();
  const id = createHash('sha256')
    .update(JSON.stringify([attempt.dealership, attempt.idempotencyKey]))
    .digest('hex')
    .slice(0, 40);
  const { attachments = [], ...parts } = mail;
  const message: SendMailOptions = {
    ...parts,
    from,
    messageId: `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
    attachments: attachments.map(({ name, mediaType, content }) => ({ filename: name, contentType: mediaType, content })),
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  const bytes = attachments.reduce((sum, { content }) => sum + content.length, 0);
  if (bytes > MAX_MAIL_BYTES)
    throw bpmnError('mail.refused', `the attachments have ${bytes} bytes, more than ${MAX_MAIL_BYTES}; attach less`);
  return smtpUrl === undefined
    ? writeMail(path.join(outbox, attempt.dealership), id, message)
    : overSmtp(smtpUrl, message, AbortSignal.any([attempt.signal, AbortSignal.timeout(LONGEST_MS)]));
}

/** The mail as a file, under a name that a repetition has, too. */
async function writeMail(folder: string, id: string, message: SendMailOptions): Promise<SentMail> {
  const { message: content } = await createTransport({ streamTransport: true, buffer: true, newline: 'windows' }).sendMail(message);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${id}.eml`);
  await writeFile(`${file}.part`, content as Buffer);
  await rename(`${file}.part`, file);
  return { messageId: String(message.messageId), accepted: recipientsOf(message), rejected: [] };
}

function recipientsOf({ to, cc = [] }: SendMailOptions): string[] {
  return [...new Set([to, cc].flat().map(String))];
}

async function overSmtp(url: string, message: SendMailOptions, signal: AbortSignal): Promise<SentMail> {
  let socket: Socket | undefined;
  const giveUp = () => socket?.destroy(new Error('it did not answer in time'));
  const transport = createTransport({
    url,
    connectionTimeout: SILENCE_MS,
    greetingTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
    // a socket of our own can be given up where the attempt's time is over, however slowly the server goes on
    getSocket: (options: SMTPTransport.Options, callback: (error: Error | null, options?: object) => void) => {
      socket = connect({ host: String(options.host), port: Number(options.port ?? (options.secure ? 465 : 587)) });
      socket.once('error', callback);
      socket.once('connect', () => {
        socket?.off('error', callback);
        callback(null, { connection: socket });
      });
      if (signal.aborted) giveUp();
    },
  } as SMTPTransport.Options);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const { accepted, rejected }: SentMessageInfo = await transport.sendMail(message);
    return { messageId: String(message.messageId), accepted: accepted.map(addressOf), rejected: rejected.map(addressOf) };
  } catch (error) {
    throw refusalOf(error, signal);
  } finally {
    signal.removeEventListener('abort', giveUp);
    transport.close();
    socket?.destroy();
  }
}

function addressOf(recipient: string | { address: string }): string {
  return typeof recipient === 'string' ? recipient : recipient.address;
}

/** A mail server says with 5xx that it will never take it, with 4xx that it may later (RFC 5321). */
function refusalOf(error: unknown, signal: AbortSignal): Error {
  const { responseCode = 0, response, message, code } = error as Error & { responseCode?: number; response?: string; code?: string };
  const said = (response ?? message).replaceAll(/\s+/gu, ' ').slice(0, 300);
  if (responseCode >= 500 && code !== 'EAUTH') return bpmnError('mail.refused', `the mail server refuses: ${said}`);
  if (signal.aborted) return ApplicationFailure.retryable('the mail server did not answer in time', 'mail-no-answer');
  return ApplicationFailure.retryable(`the mail server did not take the mail: ${said}`, 'mail-no-answer');
}
