import { ApplicationFailure } from '@temporalio/activity';
import { Agent, type Dispatcher, request } from 'undici';
import type { Json } from '../../engine/json';
import { type Attempt, bpmnError } from '../connector';
import type { NetworkRules } from '../surroundings';
import { assertAllowed, checkedLookup, refusalOf } from './allowed-address';

/** Bytes of an answer that are read; a longer one is an error. */
const MAX_ANSWER_BYTES = 262_144;
const MAX_ANSWER_HEADER_BYTES = 32_768;
/** Answers that may be different next time (RFC 9110, RFC 6585, RFC 8470). */
const WORTH_REPEATING = new Set([408, 425, 429]);
/** How long another system may put off the next attempt. */
const LONGEST_WAIT_S = 300;
/** Connections that are kept open to one host. */
const CONNECTIONS = 20;

/** What is asked of another system. */
export interface Asked {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string | Buffer;
}

/** What it answered with a status below 300. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

const agents = new WeakMap<NetworkRules, Agent>();

function agentOf(network: NetworkRules): Agent {
  const known = agents.get(network);
  if (known !== undefined) return known;
  const agent = new Agent({
    connect: { lookup: checkedLookup(network), timeout: 10_000 },
    connections: CONNECTIONS,
    keepAliveTimeout: 10_000,
    maxHeaderSize: MAX_ANSWER_HEADER_BYTES,
    maxResponseSize: MAX_ANSWER_BYTES,
  });
  agents.set(network, agent);
  return agent;
}

/**
 * Asks another system, with the idempotency key of the attempt. No answer, 5xx, 408, 425 and 429 are to be tried again; any other status from 300 on
 * is the BPMN error `http.<status>`, an answer that is too long is `http.answer-invalid`. Redirects are not followed.
 */
export async function exchange(asked: Asked, attempt: Attempt): Promise<Answer> {
  const url = urlOf(asked.url);
  await assertAllowed(url, attempt);
  const answer = await ask(url, asked, attempt);
  const { status } = answer;
  const said = `${placeOf(url)} answered ${status}`;
  if (status >= 500 || WORTH_REPEATING.has(status)) throw laterOf(said, answer.headers['retry-after']);
  if (status >= 300) throw bpmnError(`http.${status}`, said);
  return answer;
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw bpmnError('http.not-allowed', 'the address is none of HTTP; write https://host/path, without a user and a password');
  }
  return url;
}

/** Where a request went, without its query, which may hold what nobody else should read. */
function placeOf({ origin, pathname }: URL): string {
  return origin + pathname;
}

async function ask(url: URL, { method, headers, body }: Asked, attempt: Attempt): Promise<Answer> {
  const { signal, idempotencyKey, surroundings } = attempt;
  try {
    const response = await request(url, {
      dispatcher: agentOf(surroundings.network),
      method: method as Dispatcher.HttpMethod,
      headers: { ...withoutOurs(headers), 'idempotency-key': idempotencyKey },
      ...(body === undefined ? {} : { body }),
      signal,
    });
    const chunks: Buffer[] = [];
    for await (const chunk of response.body) chunks.push(chunk as Buffer);
    return { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') };
  } catch (error) {
    throw failureOf(error, placeOf(url), signal);
  }
}

/** The step's headers; a key of its own would be joined with ours, and nobody could tell a repetition by that. */
function withoutOurs(headers: Record<string, string>): Record<string, string> {
  const ours = new Set(['idempotency-key', 'content-length', 'transfer-encoding', 'connection', 'host', 'expect', 'upgrade', 'keep-alive']);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ours.has(name.toLowerCase())));
}

function failureOf(error: unknown, place: string, signal: AbortSignal): Error {
  const { code, message, cause } = error as Error & { code?: string; cause?: { code?: string } };
  const refused = refusalOf(error) ?? refusalOf(cause ?? {});
  if (refused !== undefined) return refused;
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return bpmnError('http.answer-invalid', `${place} answered more than ${MAX_ANSWER_BYTES} bytes; ask for less`);
  }
  if (code === 'UND_ERR_INVALID_ARG') return bpmnError('http.not-allowed', `the request cannot be sent: ${message}; mend its headers`);
  if (signal.aborted) return ApplicationFailure.retryable(`${place} did not answer in time`, 'http-no-answer');
  return ApplicationFailure.retryable(`${place} did not answer: ${cause?.code ?? code ?? message}`, 'http-no-answer');
}

function laterOf(message: string, retryAfter: string | string[] | undefined): Error {
  const seconds = typeof retryAfter === 'string' && /^\d{1,6}$/u.test(retryAfter) ? Math.min(Number(retryAfter), LONGEST_WAIT_S) : 0;
  return ApplicationFailure.create({ message, type: 'http-status', ...(seconds > 0 ? { nextRetryDelay: seconds * 1000 } : {}) });
}

/** An answer of JSON; of nothing null. */
export function jsonOf(text: string, url: string): Json {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw bpmnError('http.answer-invalid', `${placeOf(new URL(url))} answered something that is no JSON; ask for JSON`);
  }
}
